/** Contacts, calendars and files of archives for tests, and all of one service as the provider reads it. */
import { expect } from 'vitest'
import type { Service } from '../../../src/core/account.ts'
import { collections, fetchAll, list, open } from './harness.ts'

export const every: readonly Service[] = ['mail', 'contacts', 'calendar', 'files']

export const card = (uid: string, name: string, note = '') =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\n${uid === '' ? '' : `UID:${uid}\r\n`}FN:${name}\r\nN:${name};;;;\r\n${note === '' ? '' : `NOTE:${note}\r\n`}END:VCARD\r\n`

export const event = (uid: string, more = '') =>
  `BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20240101T100000\r\n${more}SUMMARY:Meeting ${uid}\r\nEND:VEVENT\r\n`

const zone =
  'BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n'

export const calendar = (name: string, ...components: readonly string[]) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n${name === '' ? '' : `X-WR-CALNAME:${name}\r\n`}${zone}${components.join('')}END:VCALENDAR\r\n`

interface Found {
  readonly key: string
  readonly title: string | undefined
  readonly text: string
}

/** Everything of one service by the path of its collection. */
export async function read(
  path: string,
  service: Service,
  services: readonly Service[] = every,
): Promise<Record<string, Found[]>> {
  const source = open(path, service, services)
  const found: Record<string, Found[]> = {}
  for (const collection of await collections(source)) {
    if (collection.skipped !== undefined) continue
    const { items } = await list(source, collection)
    const { contents, errors } = await fetchAll(source, collection, items)
    expect([...errors.values()]).toEqual([])
    found[collection.path.join('/')] = items.map(({ key, title }) => ({
      ...{ key, title },
      text: contents.get(key)?.toString('latin1') ?? 'nothing',
    }))
  }
  return found
}

export async function names(
  path: string,
  service: Service,
  services: readonly Service[] = every,
): Promise<Record<string, unknown>> {
  const found = await read(path, service, services)
  return Object.fromEntries(Object.entries(found).map(([name, items]) => [name, items.map(({ title }) => title)]))
}
