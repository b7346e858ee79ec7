import { expect, test } from 'vitest'
import { formatDuration } from '../../src/cli/format.ts'
import { backupProgress, progressMode, verifyProgress } from '../../src/cli/progress.ts'
import type { BackupProgress } from '../../src/engine/report.ts'
import { type RecordedOutput, recordedOutput, recordedTerminal } from './hand-made.ts'

type ItemsEvent = Extract<BackupProgress, { kind: 'items' }>

/** A run that saves `rate` messages of 1 MB each second out of `total`, told ten times a second. */
function play(
  output: RecordedOutput,
  mode: 'live' | 'plain' | 'json' | 'none',
  total: number,
  rate: number,
  known = (_: number) => total,
) {
  let time = 0
  const view = backupProgress(mode, output, () => time)
  view.show({ kind: 'account', account: 'home', toCome: 0 })
  for (let done = 0; done <= total; done += rate / 10) {
    const itemsKnown = known(done)
    const counts = { done, total, itemsSoFar: done, itemsKnown, bytesSoFar: done * 1e6, bytesKnown: itemsKnown * 1e6 }
    view.show({
      kind: 'items',
      service: 'mail',
      account: 'home',
      collection: ['Clients', 'Acme'],
      ...counts,
    } satisfies ItemsEvent)
    time += 100
  }
  view.end()
}

/** What a terminal of this width shows after each redrawing of the line. */
function screens(output: RecordedOutput): string[] {
  return output.text().split('\r\u001b[K')
}

test('a terminal shows folder, messages, size, rate and, once it is stable, the time left, on one line', () => {
  const output = recordedOutput({ isTerminal: true, columns: 100 })
  play(output, 'live', 1_000, 50)
  const lines = screens(output)
  expect(lines).toContain('Clients/Acme: 500 of 1,000 · 500 of 1,000 messages · 500 MB · 50 MB/s · about 10 s left')
  expect(lines.slice(0, 12).join()).not.toContain('left')
  expect(Math.max(...lines.flatMap((line) => line.split('\n')).map((line) => line.length))).toBeLessThan(100)
  expect(output.text()).toContain('  Clients/Acme: 1,000 messages done\n')
  expect(output.text().endsWith('\r\u001b[K')).toBe(true)
})

test('the time left is not guessed while folders are still being listed', () => {
  const output = recordedOutput({ isTerminal: true, columns: 100 })
  play(output, 'live', 1_000, 50, (done) => 1_000 + done)
  expect(output.text()).toContain('MB/s')
  expect(output.text()).not.toContain('left')
})

test('a second account begins anew: nothing goes backward', () => {
  const output = recordedOutput({ isTerminal: true, columns: 100 })
  let time = 0
  const view = backupProgress('live', output, () => time)
  for (const account of ['home', 'work']) {
    for (let done = 0; done <= 300; done += 5) {
      const counts = { done, total: 300, itemsSoFar: done, itemsKnown: 300, bytesSoFar: done * 1e6, bytesKnown: 3e8 }
      view.show({ kind: 'items', service: 'mail', account, collection: ['Inbox'], ...counts })
      time += 100
    }
  }
  expect(output.text()).toContain('50 MB/s')
  expect(output.text()).not.toMatch(/-\d/)
})

test('a line never grows beyond a narrow terminal', () => {
  const output = recordedOutput({ isTerminal: true, columns: 30 })
  const view = backupProgress('live', output, () => 0)
  const counts = { done: 1, total: 9, itemsSoFar: 1, itemsKnown: 9, bytesSoFar: 1, bytesKnown: 9 }
  view.show({ kind: 'items', service: 'mail', account: 'home', collection: ['漢'.repeat(50)], ...counts })
  expect(screens(output)[1]).toMatch(/^漢+…/)
  expect(screens(output)[1]?.length).toBeLessThan(30)
})

test('a pipe gets a plain line per folder and one every few seconds', () => {
  const output = recordedOutput()
  play(output, 'plain', 1_000, 50)
  const lines = output.text().trimEnd().split('\n')
  expect(lines[0]).toBe('Account home')
  expect(lines.length).toBeGreaterThan(4)
  expect(lines.length).toBeLessThan(8)
  expect(lines).toContain('  Clients/Acme: 1,000 messages done')
  expect(output.text()).not.toMatch(/[\r\u001b]/)
})

test('a notice stays on the screen while the line goes on', () => {
  const output = recordedOutput({ isTerminal: true, columns: 100 })
  const view = backupProgress('live', output, () => 0)
  view.show({ kind: 'listing', service: 'mail', account: 'home', collection: ['Inbox'], listed: 500 })
  view.show({ kind: 'notice', text: 'Repaired.' })
  expect(output.text()).toBe('\r\u001b[KInbox: 500 messages listed\r\u001b[KRepaired.\nInbox: 500 messages listed')
})

test('JSON progress is one event per line, notices of the command included', () => {
  const output = recordedOutput()
  const view = backupProgress('json', output)
  view.show({ kind: 'account', account: 'home', toCome: 0 })
  view.say('Stopping.')
  expect(output.text()).toBe('{"kind":"account","account":"home","toCome":0}\n{"kind":"notice","text":"Stopping."}\n')
})

test('no progress means nothing but what a person must know', () => {
  const output = recordedOutput()
  play(output, 'none', 100, 50)
  expect(output.text()).toBe('')
})

test('verify shows how far it is', () => {
  const output = recordedOutput({ isTerminal: true, columns: 100 })
  let time = 0
  const view = verifyProgress('live', output, () => time)
  for (let done = 0; done <= 100; done++) {
    view.show({ filesDone: done, filesTotal: 100, bytesDone: done * 1e7, bytesTotal: 1e9 })
    time += 100
  }
  expect(output.text()).toContain('50 of 100 files checked · 500 MB · 100 MB/s · about 5 s left')
})

test.each([
  { options: {}, isTerminal: true, mode: 'live' },
  { options: {}, isTerminal: false, mode: 'plain' },
  { options: { json: true }, isTerminal: true, mode: 'none' },
  { options: { json: true, progress: 'json' as const }, isTerminal: false, mode: 'json' },
  { options: { progress: 'plain' as const }, isTerminal: true, mode: 'plain' },
  { options: { progress: 'none' as const }, isTerminal: true, mode: 'none' },
])('$options gives $mode (terminal: $isTerminal)', ({ options, isTerminal, mode }) => {
  const terminal = { ...recordedTerminal({ stderr: recordedOutput({ isTerminal }) }), env: { TERM: 'xterm' } }
  expect(progressMode(options, terminal)).toBe(mode)
})

test('a terminal that can only go on gets plain lines', () => {
  const terminal = { ...recordedTerminal({ stderr: recordedOutput({ isTerminal: true }) }), env: { TERM: 'dumb' } }
  expect(progressMode({}, terminal)).toBe('plain')
})

test.each([
  [0.2, '1 s'],
  [59.6, '1 min'],
  [3_599, '1 h 0 min'],
  [7_170, '2 h 0 min'],
  [5_400, '1 h 30 min'],
])('%s seconds are %s', (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words)
})
