import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseRule, recurrences } from '../../src/formats/recurrence.ts'

const script = fileURLToPath(new URL('rules.py', import.meta.url))
const start = Date.UTC(2023, 0, 31, 9, 30) / 1000
const horizon = Date.UTC(2040, 0, 1) / 1000

function ours(rule: string, from = start): number[] | string {
  const parsed = parseRule(rule)
  return parsed === null ? 'no rule' : [...recurrences(parsed, from, null, horizon, 60).times]
}

function dateutil(rules: readonly (readonly [string, number])[]): (number[] | string)[] {
  const input = rules.map(([rule, from]) => `${JSON.stringify([rule, from, horizon])}\n`).join('')
  const output = execFileSync('/usr/bin/python3', [script], { input, encoding: 'utf8', maxBuffer: 1 << 26 })
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as number[] | string)
}

/** Always the same numbers. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

function randomRule(roll: (below: number) => number): string {
  const frequency = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'YEARLY', 'MONTHLY', 'HOURLY'][roll(7)] ?? ''
  const parts = [`FREQ=${frequency}`]
  const some = (name: string, one: () => number | string, chance: number) => {
    if (roll(100) < chance) parts.push(`${name}=${Array.from({ length: 1 + roll(3) }, one).join(',')}`)
  }
  if (roll(2) === 0) parts.push(`INTERVAL=${1 + roll(5)}`)
  if (roll(4) === 0) parts.push(`COUNT=${1 + roll(20)}`)
  if (roll(4) === 0) parts.push(`WKST=${['SU', 'MO', 'WE'][roll(3)]}`)
  const day = () => ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'][roll(7)] ?? ''
  const isCounted = frequency === 'MONTHLY' || frequency === 'YEARLY'
  some('BYMONTH', () => 1 + roll(12), 35)
  if (frequency === 'YEARLY') some('BYWEEKNO', () => 1 + roll(52), 20)
  // Without days dateutil takes all of the week, RFC 5545 the weekday of the start.
  if (parts.some((part) => part.startsWith('BYWEEKNO'))) parts.push(`BYDAY=${day()}`)
  else {
    // dateutil wants a day to be both where numbered and plain ones stand side by side.
    const isNumbered = isCounted && roll(2) === 0
    some('BYDAY', () => (isNumbered ? `${[1, 2, -1, -2, 5][roll(5)]}` : '') + day(), 40)
  }
  if (isCounted || frequency === 'DAILY') some('BYMONTHDAY', () => (roll(3) === 0 ? -1 - roll(31) : 1 + roll(31)), 25)
  if (frequency === 'YEARLY') some('BYYEARDAY', () => (roll(3) === 0 ? -1 - roll(366) : 1 + roll(366)), 15)
  some('BYHOUR', () => roll(24), 20)
  if (frequency !== 'HOURLY') some('BYMINUTE', () => roll(60), 20)
  if (parts.some((part) => part.startsWith('BY')) && isCounted) some('BYSETPOS', () => [1, 2, -1, -2, 3][roll(5)] ?? 1, 25)
  return parts.join(';')
}

describe('recurrence rules', () => {
  it('of the kinds that people use give the times that dateutil gives', () => {
    const rules = [
      'FREQ=DAILY',
      'FREQ=WEEKLY;BYDAY=MO,WE,FR',
      'FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU',
      'FREQ=MONTHLY;BYMONTHDAY=-1',
      'FREQ=MONTHLY;BYDAY=2TU',
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
      'FREQ=MONTHLY',
      'FREQ=YEARLY',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29',
      'FREQ=YEARLY;BYDAY=20MO',
      'FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO',
      'FREQ=YEARLY;BYWEEKNO=20,52;BYDAY=SA,SU,MO',
      'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
      'FREQ=YEARLY;BYYEARDAY=-1,100',
      'FREQ=HOURLY;INTERVAL=7',
      'FREQ=MINUTELY;INTERVAL=90;BYHOUR=9,10,11',
      'FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30',
      'FREQ=DAILY;COUNT=0',
    ]
    const expected = dateutil(rules.map((rule) => [rule, start]))
    for (const [at, rule] of rules.entries())
      expect([rule, ours(rule)]).toEqual([rule, rule.endsWith('COUNT=0') ? [] : expected[at]])
  })

  it('know which years have a 53rd week', () => {
    // dateutil takes 2039-01-01, which Python's own calendar says is in week 52.
    const times = ours('FREQ=YEARLY;BYWEEKNO=53;BYDAY=SA')
    expect((times as number[]).map((time) => new Date(time * 1000).toISOString().slice(0, 10))).toEqual([
      '2027-01-02',
      '2033-01-01',
      '2038-01-02',
    ])
  })

  it('of any kind give the times that dateutil gives', () => {
    const roll = dice(7)
    const rules = Array.from({ length: 120 }, (): [string, number] => [randomRule(roll), start + roll(400) * 86_400])
    const expected = dateutil(rules)
    for (const [at, [rule, from]] of rules.entries()) expect([rule, ours(rule, from)]).toEqual([rule, expected[at]])
  })

  it.each([
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;INTERVAL=1000000000',
    'FREQ=MINUTELY;BYHOUR=3;INTERVAL=1440',
    'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=50',
  ])('that ask for what never comes give nothing, soon: %s', (rule) => {
    expect(ours(rule).length).toBeLessThanOrEqual(1)
  })

  it.each([
    '',
    'FREQ=SOMETIMES',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;BYHOUR=25',
    'FREQ=MONTHLY;BYDAY=XX',
    'BYDAY=MO',
    'FREQ=DAILY;COUNT=x',
  ])('that are none are refused: %s', (rule) => {
    expect(parseRule(rule)).toBeNull()
  })

  it('end where they are told to, and say where there are more', () => {
    const rule = parseRule('FREQ=DAILY')
    if (rule === null) throw new Error('no rule')
    expect(recurrences(rule, start, start + 86_400, horizon, 60)).toEqual({ times: [start, start + 86_400], more: false })
    expect(recurrences(rule, start, null, horizon, 3)).toEqual({
      times: [0, 1, 2].map((day) => start + day * 86_400),
      more: true,
    })
    expect(recurrences(rule, start, null, start, 60)).toEqual({ times: [start], more: true })
  })
})
