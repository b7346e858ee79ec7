/** The calls for calendars that are needed here, all of them reading. */
import type { Attachment, Calendar, CalendarGroup, Event } from '@microsoft/microsoft-graph-types'
import { type AppError, hasCode } from '../../core/errors.ts'
import { whole } from '../shared/whole.ts'
import { type Batched, batch } from './batch.ts'
import { checksumProperty, uidProperty } from './contact-fields.ts'
import { zoneProperties } from './custom-zone.ts'
import { pagesSince } from './link-cursor.ts'
import type { Session } from './session.ts'

export interface GroupedCalendar {
  readonly calendar: Calendar
  /** Null for the person's own group, in which Outlook puts calendars first. */
  readonly group: string | null
}

export interface EventsHint {
  /** Ids of series and single events of which something was touched, and of anything else that is named. */
  readonly touched: readonly string[]
  readonly link: string | null
}

interface FirstPage {
  readonly value?: readonly object[]
  readonly '@odata.nextLink'?: string
}

interface Expanded extends Event {
  readonly 'exceptionOccurrences@odata.nextLink'?: string
}

/** Of "My Calendars" ([MS-OXOSFLD] calls it the person's own group). */
const ownGroup = '0006f0b7-0000-0000-c000-000000000046'
const pageSize = 200
const times = 'outlook.timezone="UTC"'
const largestAttachment = 64 << 20
const year = 366 * 86_400_000
/** What a restore noted, and what Outlook keeps of zones of its own. */
const notedExpand = `singleValueExtendedProperties($filter=${[uidProperty, checksumProperty, ...zoneProperties]
  .map((id) => `id eq '${id}'`)
  .join(' or ')})`

/** "Returned only on $select in a Get operation", so that all others have to be named, too. */
const eventMembers = [
  ...['id', 'createdDateTime', 'lastModifiedDateTime', 'changeKey', 'categories', 'originalStartTimeZone', 'originalEndTimeZone'],
  ...['iCalUId', 'reminderMinutesBeforeStart', 'isReminderOn', 'hasAttachments', 'subject', 'body', 'importance', 'sensitivity'],
  ...['isAllDay', 'isCancelled', 'isOrganizer', 'responseRequested', 'seriesMasterId', 'showAs', 'type', 'webLink', 'isDraft'],
  ...['onlineMeetingUrl', 'isOnlineMeeting', 'onlineMeetingProvider', 'onlineMeeting', 'allowNewTimeProposals', 'hideAttendees'],
  ...['responseStatus', 'start', 'end', 'location', 'locations', 'recurrence', 'attendees', 'organizer', 'originalStart'],
  ...['transactionId', 'cancelledOccurrences'],
] as const satisfies readonly (keyof Event)[]

export class Calendars {
  readonly session: Session
  readonly #signal: AbortSignal

  constructor(session: Session, signal: AbortSignal) {
    this.session = session
    this.#signal = signal
  }

  /** Own ones, those that others share, and those that were subscribed to. */
  async list(): Promise<readonly GroupedCalendar[]> {
    const { me } = this.session
    const [calendars = [], all = []] = await this.#lists([`${me}/calendars?$top=100`, `${me}/calendarGroups?$top=100`])
    const groups = (all as readonly CalendarGroup[]).filter(({ classId }) => classId?.toLowerCase() !== ownGroup)
    const paths = groups.map(({ id }) => `${me}/calendarGroups/${encodeURIComponent(id ?? '')}/calendars?$top=100`)
    const groupOf = new Map<string, string>()
    const found = new Map(
      (calendars as readonly Calendar[]).flatMap((calendar) => (calendar.id ? [[calendar.id, calendar]] : [])),
    )
    for (const [n, inGroup] of (await this.#lists(paths)).entries()) {
      for (const calendar of inGroup as readonly Calendar[]) {
        if (!calendar.id) continue
        groupOf.set(calendar.id, groups[n]?.name || 'Other calendars')
        if (!found.has(calendar.id)) found.set(calendar.id, calendar)
      }
    }
    return [...found].map(([id, calendar]) => ({ calendar, group: groupOf.get(id) ?? null }))
  }

  /** Whole lists in the order of `paths`, their first pages in one request. */
  async #lists(paths: readonly string[]): Promise<(readonly object[])[]> {
    const lists: (readonly object[])[] = []
    for (const answer of await batch<FirstPage>(this.session, 'outlook', paths, this.#signal)) {
      if ('error' in answer) throw answer.error
      const { value = [], '@odata.nextLink': next } = answer.body
      lists.push(next === undefined ? value : [...value, ...(await this.#all<object>(next))])
    }
    return lists
  }

  async #all<T>(path: string): Promise<T[]> {
    const found: T[] = []
    for await (const { value } of this.session.pages<T>('outlook', path, this.#signal, { prefer: [times] })) found.push(...value)
    return found
  }

  /** Single events and series, a page at a time, nothing expanded. `since`: only those changed after it. */
  async *events(calendar: string, since: Date | null): AsyncGenerator<readonly Event[], void, undefined> {
    const filter = since === null ? '' : `&$filter=${encodeURIComponent(`lastModifiedDateTime ge ${since.toISOString()}`)}`
    const path = `${this.#calendar(calendar)}/events?$top=${pageSize}&$expand=${encodeURIComponent(notedExpand)}${filter}`
    for await (const { value } of this.session.pages<Event>('outlook', path, this.#signal, { prefer: [times] })) yield value
  }

  /**
   * Where something happened. Graph's delta tells of occurrences within a window, and names as removed what lies outside of it:
   * what it names has to be looked at.
   * @throws AppError `cursor-expired`
   */
  async hint(calendar: string, link: string | null, now: Date): Promise<EventsHint> {
    const at = (ms: number) => new Date(now.getTime() + ms).toISOString()
    const window = `startDateTime=${at(-year)}&endDateTime=${at(2 * year)}`
    const how = { prefer: [times, 'odata.maxpagesize=500'] }
    const all = () =>
      this.session.pages<Event>('outlook', `${this.#calendar(calendar)}/calendarView/delta?${window}`, this.#signal, how)
    const since = (from: string) => pagesSince<Event>(this.session, 'outlook', from, this.#signal, how)
    const touched = new Set<string>()
    let end: string | null = null
    for await (const page of link === null ? all() : since(link)) {
      for (const { id, seriesMasterId } of page.value) touched.add(seriesMasterId || (id ?? ''))
      end = page.deltaLink ?? end
    }
    touched.delete('')
    return { touched: [...touched], link: end }
  }

  /** What is needed to know whether it changed, in the order of `ids`. */
  heads(calendar: string, ids: readonly string[]): Promise<readonly Batched<Event>[]> {
    const paths = ids.map((id) => `${this.#event(calendar, id)}?$select=changeKey,type,seriesMasterId,subject`)
    return batch<Event>(this.session, 'outlook', paths, this.#signal)
  }

  /** With what hangs on it. "Only one relationship can be expanded in a single request." @throws AppError `not-found` */
  async event(calendar: string, id: string): Promise<Event> {
    const path = `${this.#event(calendar, id)}?$select=${eventMembers.join(',')}&$expand=${encodeURIComponent(notedExpand)}`
    const event = await this.session.get<Event>('outlook', path, this.#signal, { prefer: [times] })
    const exceptions: Event[] = []
    for (const one of event.recurrence ? await this.#exceptions(calendar, id) : []) {
      const attachments = one.hasAttachments === true && one.id ? await this.#attachments(calendar, one.id) : []
      exceptions.push(attachments.length === 0 ? one : { ...one, attachments })
    }
    const attachments = event.hasAttachments === true ? await this.#attachments(calendar, id) : []
    return { ...event, attachments, exceptionOccurrences: exceptions }
  }

  /** What is selected of the series is what is told of its exceptions. */
  async #exceptions(calendar: string, id: string): Promise<readonly Event[]> {
    const path = `${this.#event(calendar, id)}?$select=${eventMembers.join(',')},exceptionOccurrences&$expand=exceptionOccurrences`
    const { exceptionOccurrences, 'exceptionOccurrences@odata.nextLink': next } = await this.session.get<Expanded>(
      'outlook',
      path,
      this.#signal,
      { prefer: [times] },
    )
    return [...(exceptionOccurrences ?? []), ...(next === undefined ? [] : await this.#all<Event>(next))]
  }

  async #attachments(calendar: string, id: string): Promise<Attachment[]> {
    const found = await this.#all<Attachment>(`${this.#event(calendar, id)}/attachments`)
    const whole: Attachment[] = []
    for (const one of found) whole.push(await this.#withContent(calendar, id, one))
    return whole
  }

  /** An attached message, contact or event comes as a file of its own ("Get attachment", `$value`). */
  async #withContent(calendar: string, event: string, attachment: Attachment): Promise<Attachment> {
    const { '@odata.type': type } = attachment as { readonly '@odata.type'?: string }
    if (type !== '#microsoft.graph.itemAttachment' || !attachment.id) return attachment
    try {
      const path = `${this.#event(calendar, event)}/attachments/${encodeURIComponent(attachment.id)}/$value`
      const { content } = await this.session.open('outlook', path, this.#signal)
      const octets = Buffer.from(await whole(content, largestAttachment))
      const [contentType, ending] = kindOf(octets)
      const name = `${attachment.name || 'attachment'}${ending}`
      return { ...attachment, name, contentType, contentBytes: octets.toString('base64') } as Attachment
    } catch (error) {
      if (hasCode(error as AppError, 'not-found', 'unsupported', 'permission')) return attachment
      throw error
    }
  }

  #calendar(id: string): string {
    return `${this.session.me}/calendars/${encodeURIComponent(id)}`
  }

  #event(calendar: string, id: string): string {
    return `${this.#calendar(calendar)}/events/${encodeURIComponent(id)}`
  }
}

function kindOf(octets: Buffer): readonly [string, string] {
  const start = octets.subarray(0, 40).toString('latin1')
  if (start.startsWith('BEGIN:VCALENDAR')) return ['text/calendar', '.ics']
  return start.startsWith('BEGIN:VCARD') ? ['text/vcard', '.vcf'] : ['message/rfc822', '.eml']
}
