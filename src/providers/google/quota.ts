/** Google's quotas, and the pace that stays just below them. */
import type { Clock } from '../../core/types.ts'
import type { GoogleSettings } from './settings.ts'

export type Api = 'gmail' | 'people' | 'calendar' | 'drive'

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
  'drive.files.generateIds': { api: 'drive', units: 5, older: 5 },
  'drive.files.create': { api: 'drive', units: 50, older: 50 },
  'drive.files.upload': { api: 'drive', units: 0, older: 0 },
  'drive.files.delete': { api: 'drive', units: 50, older: 50 },
  'people.photo': { api: 'people', units: 0, older: 0 },
} as const satisfies Readonly<Record<string, { readonly api: Api; readonly units: number; readonly older: number }>>

export type Method = keyof typeof costs

/** Units per user and minute; from the same pages. People shows no figure: this is what a new project's console shows. */
const limits: Readonly<Record<Api, { readonly units: number; readonly older: number }>> = {
  gmail: { units: 6_000, older: 15_000 },
  people: { units: 90, older: 90 },
  calendar: { units: 600, older: 600 },
  drive: { units: 325_000, older: 325_000 },
}

/** Part of the quota at which units flow, and the part of a minute's that may be saved up and spent at once. */
const steady = 0.97
const burst = 0.25
/** Never more than this part of a minute's units within a minute and the time that calls take on their way. */
const most = 0.98
const windowSeconds = 61
const minute = 60_000

/** Lends units in the order in which they were asked for, never more in any minute than allowed. */
export class Budget {
  #perMinute: number
  #saved: number
  #countedAt: number
  #turn: Promise<void> = Promise.resolve()
  #pausedUntil = 0
  /** Units spent in each second of the window, the oldest first. */
  #spent: { readonly second: number; units: number }[] = []
  readonly #clock: Clock

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute
    this.#clock = clock
    this.#saved = perMinute * burst
    this.#countedAt = clock.now().getTime()
  }

  /** Resolves when the call may be made. */
  async take(units: number, signal: AbortSignal): Promise<void> {
    const mine = this.#turn.then(() => this.#wait(units, signal))
    this.#turn = mine.catch(() => undefined)
    await mine
  }

  /** The provider said so: no call before `ms` have passed. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now().getTime() + ms)
    this.#saved = 0
  }

  /** The provider named another limit than the table. */
  limit(perMinute: number): void {
    this.#count()
    this.#perMinute = perMinute
    this.#saved = Math.min(this.#saved, perMinute * burst)
  }

  async #wait(units: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const paused = this.#pausedUntil - this.#clock.now().getTime()
      if (paused > 0) {
        await this.#clock.sleep(paused, signal)
        continue
      }
      this.#count()
      // A call dearer than what can be saved up goes when the savings are full, and leaves a debt.
      const wanted = Math.min(units, this.#perMinute * burst)
      const full = this.#untilRoomFor(units)
      if (full > 0) await this.#clock.sleep(full, signal)
      else if (this.#saved >= wanted) {
        this.#spend(units)
        return
      } else await this.#clock.sleep(Math.ceil((wanted - this.#saved) / this.#perSecond() / 0.001), signal)
    }
  }

  #spend(units: number): void {
    this.#saved -= units
    const second = Math.floor(this.#clock.now().getTime() / 1_000)
    const last = this.#spent.at(-1)
    if (last?.second === second) last.units += units
    else this.#spent.push({ second, units })
  }

  /** Milliseconds until a minute has room for the units. What costs more than a minute's goes when nothing else is in it. */
  #untilRoomFor(units: number): number {
    const now = this.#clock.now().getTime()
    const oldest = now / 1_000 - windowSeconds - 1
    this.#spent = this.#spent.filter(({ second }) => second > oldest)
    let room = this.#mostPerMinute(units) - units - this.#spent.reduce((sum, one) => sum + one.units, 0)
    for (const one of this.#spent) {
      if (room >= 0) break
      room += one.units
      if (room >= 0 || one === this.#spent.at(-1)) return Math.max(1, (one.second + 1 + windowSeconds) * 1_000 - now)
    }
    return 0
  }

  /** Where a minute holds few calls, all of them: a part of a call cannot be spared. */
  #mostPerMinute(units: number): number {
    const all = this.#perMinute
    return units > all * (1 - most) ? Math.max(all * most, Math.floor(all / units) * units) : all * most
  }

  #perSecond(): number {
    return (this.#perMinute * steady) / 60
  }

  #count(): void {
    const now = this.#clock.now().getTime()
    const grown = ((now - this.#countedAt) / minute) * this.#perMinute * steady
    this.#saved = Math.min(this.#perMinute * burst, this.#saved + Math.max(0, grown))
    this.#countedAt = now
  }
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
    this.#budgets = { gmail: budget('gmail'), people: budget('people'), calendar: budget('calendar'), drive: budget('drive') }
  }

  of(method: Method): { readonly budget: Budget; readonly units: number } {
    const { api, units, older } = costs[method]
    return { budget: this.#budgets[api], units: this.#isOlder ? older : units }
  }
}
