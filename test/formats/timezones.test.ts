import { describe, expect, it } from 'vitest'
import { agreeFrom, hasSimpleRules, type ZoneOffsets, zoneOffsets } from '../../src/formats/timezones.ts'

const observance = (kind: string, from: string, to: string, ...lines: string[]): string =>
  [`BEGIN:${kind}`, `TZOFFSETFROM:${from}`, `TZOFFSETTO:${to}`, ...lines, `END:${kind}`, ''].join('\r\n')

const zone = (...observances: string[]): string => `BEGIN:VTIMEZONE\r\nTZID:X\r\n${observances.join('')}END:VTIMEZONE\r\n`

const berlin = (year: number, march: string, october: string): string =>
  zone(
    observance('DAYLIGHT', '+0100', '+0200', `DTSTART:${year}${march}T020000`, 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3'),
    observance('STANDARD', '+0200', '+0100', `DTSTART:${year}${october}T030000`, 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU'),
  )

function offsets(text: string): ZoneOffsets {
  const found = zoneOffsets(text)
  if (found === null) throw new Error('no offsets')
  return found
}

const dayOf = (at: number | null): string => (at === null || !Number.isFinite(at) ? String(at) : new Date(at).toISOString())

describe('the offsets of a VTIMEZONE', () => {
  it('are those of the time zone database', () => {
    const { initial, changes } = offsets(berlin(1996, '0331', '1027'))
    expect(initial).toBe(3600)
    const format = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', timeZoneName: 'longOffset' })
    for (const { at, offset } of changes) {
      expect(format.format(at)).toContain(`GMT+0${offset / 3600}:00`)
      expect(format.format(at - 1000)).not.toContain(`GMT+0${offset / 3600}:00`)
    }
    expect(changes.length).toBeGreaterThan(100)
  })

  it.each([
    ['rules by the hour', 'FREQ=SECONDLY'],
    ['rules for a day that never comes', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'],
    ['rules for a Sunday that never comes', 'FREQ=YEARLY;BYMONTH=3;BYDAY=1SU;BYMONTHDAY=20'],
    ['many days', 'FREQ=YEARLY;BYDAY=SU'],
    ['something unknown', 'FREQ=YEARLY;X=1'],
    ['an end in local time', 'FREQ=YEARLY;UNTIL=20200101T000000'],
    ['nothing', ''],
  ])('are not computed from %s', (_, rule) => {
    const text = zone(observance('STANDARD', '+0100', '+0200', 'DTSTART:19700101T000000', `RRULE:${rule}`))
    expect(hasSimpleRules(text)).toBe(false)
    expect(zoneOffsets(text)).toBe(null)
  })

  it('are computed from rules that end only where the name is of the time zone database', () => {
    const named = (tzid: string) =>
      berlin(1996, '0331', '1027').replace('TZID:X', `TZID:${tzid}`).replace('YEARLY', 'YEARLY;UNTIL=20200329T010000Z')
    expect(offsets(named('Europe/Berlin')).changes.filter(({ offset }) => offset === 7200)).toHaveLength(25)
    expect(zoneOffsets(named('X'))).toBe(null)
  })

  it.each([
    ['without DTSTART', zone(observance('STANDARD', '+0100', '+0200'))],
    ['whose DTSTART is no time', zone(observance('STANDARD', '+0100', '+0200', 'DTSTART:19700101'))],
    ['whose offset is none', zone(observance('STANDARD', '+1', '+0200', 'DTSTART:19700101T000000'))],
    ['without observances', zone()],
    ['without standard time', zone(observance('DAYLIGHT', '+0100', '+0200', 'DTSTART:19700101T000000'))],
    ['with other components', zone('BEGIN:X\r\nEND:X\r\n')],
  ])('are none for one %s', (_, text) => {
    expect(zoneOffsets(text)).toBe(null)
  })
})

describe('two definitions of a time zone', () => {
  const always = berlin(1996, '0331', '1027')

  it('mean the same for ever where they only say it differently', () => {
    const other = zone(
      observance(
        'STANDARD',
        '+0200',
        '+0100',
        'DTSTART:19961027T030000',
        'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10',
        'TZNAME:A',
      ),
      observance(
        'DAYLIGHT',
        '+0100',
        '+0200',
        'DTSTART:19960331T020000',
        'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;WKST=MO',
        'TZNAME:B',
      ),
    )
    expect(agreeFrom(offsets(always), offsets(other))).toBe(Number.NEGATIVE_INFINITY)
  })

  it('mean the same from the year on in which the later one begins', () => {
    const later = berlin(2010, '0328', '1031')
    expect(dayOf(agreeFrom(offsets(always), offsets(later)))).toBe('2009-10-25T01:00:00.000Z')
    expect(agreeFrom(offsets(always), offsets(later))).toBe(agreeFrom(offsets(later), offsets(always)))
  })

  it('never mean the same where their rules go on to differ', () => {
    const american = always.replace('BYDAY=-1SU;BYMONTH=3', 'BYDAY=2SU;BYMONTH=3')
    expect(agreeFrom(offsets(always), offsets(american))).toBe(null)
    const ended = always.replaceAll('FREQ=YEARLY', 'FREQ=YEARLY;COUNT=20')
    expect(agreeFrom(offsets(always), offsets(ended))).toBe(null)
  })

  it('never mean the same with other constant offsets', () => {
    const fixed = (offset: string) => offsets(zone(observance('STANDARD', offset, offset, 'DTSTART:16010101T000000')))
    expect(agreeFrom(fixed('+0100'), fixed('+0200'))).toBe(null)
    expect(agreeFrom(fixed('+0100'), fixed('+0100'))).toBe(Number.NEGATIVE_INFINITY)
  })
})
