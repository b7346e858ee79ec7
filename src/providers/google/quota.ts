/** Google's quotas. */
import type { Clock } from '../../core/context.ts'
import { Budget, steady } from '../shared/budget.ts'
import type { GoogleSettings } from './settings.ts'

export type Api = 'gmail' | 'people' | 'calendar' | 'drive' | 'directory'

/**
 * Units that one call costs. Gmail: "Usage limits" of the Gmail API guide (projects made since May 2026; `older` for the
 * others). Drive: "Usage limits" of the Drive API guide. Calendar and People count requests.
 */
export const costs = {
  'gmail.getProfile': { api: 'gmail', units: 1, older: 1 },
  'gmail.labels.list': { api: 'gmail', units: 1, older: 1 },
  'gmail.labels.get': { api: 'gmail', units: 1, older: 1 },
  'gmail.messages.list': { api: 'gmail', units: 5, older: 5 },
  'gmail.messages.get': { api: 'gmail', units: 20, older: 5 },
  'gmail.history.list': { api: 'gmail', units: 2, older: 2 },
  'drive.about.get': { api: 'drive', units: 5, older: 5 },
  'drive.drives.list': { api: 'drive', units: 100, older: 100 },
  'drive.files.list': { api: 'drive', units: 100, older: 100 },
  'drive.files.get': { api: 'drive', units: 5, older: 5 },
  'drive.revisions.list': { api: 'drive', units: 100, older: 100 },
  'drive.files.download': { api: 'drive', units: 200, older: 200 },
  'drive.changes.getStartPageToken': { api: 'drive', units: 5, older: 5 },
  'drive.changes.list': { api: 'drive', units: 100, older: 100 },
  'people.connections.list': { api: 'people', units: 1, older: 1 },
  'people.otherContacts.list': { api: 'people', units: 1, older: 1 },
  'people.getBatchGet': { api: 'people', units: 1, older: 1 },
  'people.contactGroups.list': { api: 'people', units: 1, older: 1 },
  'calendar.calendarList.list': { api: 'calendar', units: 1, older: 1 },
  'calendar.events.list': { api: 'calendar', units: 1, older: 1 },
  'calendar.events.get': { api: 'calendar', units: 1, older: 1 },
  'gmail.labels.create': { api: 'gmail', units: 5, older: 5 },
  'gmail.messages.import': { api: 'gmail', units: 25, older: 25 },
  'people.batchCreateContacts': { api: 'people', units: 1, older: 1 },
  'people.updateContact': { api: 'people', units: 1, older: 1 },
  'people.contactGroups.create': { api: 'people', units: 1, older: 1 },
  'people.contactGroups.delete': { api: 'people', units: 1, older: 1 },
  'people.updateContactPhoto': { api: 'people', units: 1, older: 1 },
  'calendar.calendars.insert': { api: 'calendar', units: 1, older: 1 },
  'calendar.calendars.delete': { api: 'calendar', units: 1, older: 1 },
  'calendar.events.import': { api: 'calendar', units: 1, older: 1 },
  'calendar.events.instances': { api: 'calendar', units: 1, older: 1 },
  'calendar.events.update': { api: 'calendar', units: 1, older: 1 },
  'calendar.events.patch': { api: 'calendar', units: 3, older: 3 },
  'drive.files.generateIds': { api: 'drive', units: 5, older: 5 },
  'drive.files.create': { api: 'drive', units: 50, older: 50 },
  'drive.files.upload': { api: 'drive', units: 0, older: 0 },
  'drive.files.delete': { api: 'drive', units: 50, older: 50 },
  'people.photo': { api: 'people', units: 0, older: 0 },
  'directory.users.list': { api: 'directory', units: 1, older: 1 },
} as const satisfies Readonly<Record<string, { readonly api: Api; readonly units: number; readonly older: number }>>

export type Method = keyof typeof costs

/** Units per user and minute; from the same pages. People shows no figure: this is what a new project's console shows. */
const limits: Readonly<Record<Api, { readonly units: number; readonly older: number }>> = {
  gmail: { units: 6_000, older: 15_000 },
  people: { units: 90, older: 90 },
  calendar: { units: 600, older: 600 },
  drive: { units: 325_000, older: 325_000 },
  /** "API limits and quotas" of the Admin SDK Directory API. */
  directory: { units: 2_400, older: 2_400 },
}

/** For so many calls, at the pace that is kept here. */
export function leastSeconds(method: Method, calls: number, quota: GoogleSettings['quota']): number {
  const isOlder = quota === 'before-2026-05'
  const { api, units, older } = costs[method]
  const perMinute = (isOlder ? limits[api].older : limits[api].units) * steady
  return (calls * (isOlder ? older : units) * 60) / perMinute
}

export class Budgets {
  readonly #budgets: Readonly<Record<Api, Budget>>
  readonly #isOlder: boolean

  constructor(quota: GoogleSettings['quota'], clock: Clock) {
    this.#isOlder = quota === 'before-2026-05'
    const budget = (api: Api) => new Budget(this.#isOlder ? limits[api].older : limits[api].units, clock)
    this.#budgets = {
      ...{ gmail: budget('gmail'), people: budget('people'), calendar: budget('calendar'), drive: budget('drive') },
      directory: budget('directory'),
    }
  }

  of(method: Method): { readonly budget: Budget; readonly units: number } {
    const { api, units, older } = costs[method]
    return { budget: this.#budgets[api], units: this.#isOlder ? older : units }
  }
}
