import { describe, expect, it } from 'vitest'
import { hasSimpleRules, zoneOffsets } from '../../src/formats/timezones.ts'
import { localTime, vtimezone } from '../../src/formats/zone-writer.ts'

/** What the system says of a zone, minute by minute where it matters: seconds east of UTC. */
function systemOffset(tzid: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: tzid, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(at)
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  )
  return (Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) - at) / 1_000
}

const zones = [
  ...[
    'Europe/Berlin',
    'Europe/London',
    'Europe/Lisbon',
    'Europe/Dublin',
    'Europe/Istanbul',
    'America/New_York',
    'America/Sao_Paulo',
  ],
  ...['America/Santiago', 'America/St_Johns', 'Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Tokyo', 'Asia/Jerusalem', 'Asia/Tehran'],
  ...[
    'Australia/Lord_Howe',
    'Australia/Sydney',
    'Pacific/Apia',
    'Pacific/Auckland',
    'Africa/Casablanca',
    'Africa/Cairo',
    'America/Caracas',
  ],
]

describe('a VTIMEZONE made from what the system knows', () => {
  it.each(zones)('tells of %s what the system tells, from 1970 on', (tzid) => {
    const text = vtimezone(tzid) ?? ''
    expect(hasSimpleRules(text)).toBe(true)
    const offsets = zoneOffsets(text)
    const wrong: string[] = []
    let index = -1
    const changes = offsets?.changes ?? []
    for (let at = Date.UTC(1970, 0, 2); at < Date.UTC(2036, 0, 1); at += 5 * 86_400_000) {
      while ((changes[index + 1]?.at ?? Number.POSITIVE_INFINITY) <= at) index++
      const told = changes[index]?.offset ?? offsets?.initial ?? Number.NaN
      // Offsets of odd seconds ended in 1972 (Liberia).
      if (Math.abs(told - systemOffset(tzid, at)) >= 60) wrong.push(new Date(at).toISOString())
    }
    expect(wrong).toEqual([])
  })

  it('repeats by a rule where there is one', () => {
    expect(vtimezone('Europe/Berlin')).toContain('RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU')
    expect(vtimezone('America/New_York')).toContain('RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU')
    expect(vtimezone('Asia/Tokyo')).not.toContain('RRULE')
  })

  it('knows no zone of another name, and gives the local time of an instant', () => {
    expect(vtimezone('Mars/Olympus')).toBeNull()
    expect(localTime(0, 'Mars/Olympus')).toBeNull()
    expect(localTime(Date.UTC(2025, 6, 1, 12), 'Europe/Berlin')).toBe('20250701T140000')
    expect(localTime(Date.UTC(2025, 0, 1, 2), 'America/St_Johns')).toBe('20241231T223000')
  })
})
