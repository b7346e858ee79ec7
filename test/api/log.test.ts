import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/api/clock.ts'
import { fileLog } from '../../src/api/log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const lines = (name: string) =>
  readFileSync(join(folder, 'log', name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('the log holds warnings, and details only when asked for', () => {
  const quiet = fileLog(join(folder, 'log'), false)
  quiet.debug('detail')
  quiet.warn('trouble', { tries: 3 })
  fileLog(join(folder, 'log'), true).debug('detail', { n: 1 })
  expect(lines('lifeboat.jsonl')).toEqual([
    expect.objectContaining({ level: 'warn', message: 'trouble', tries: 3 }),
    expect.objectContaining({ level: 'debug', message: 'detail', n: 1 }),
  ])
  expect(statSync(join(folder, 'log/lifeboat.jsonl')).mode & 0o777).toBe(0o600)
})

test('the log does not grow for ever', () => {
  const log = fileLog(join(folder, 'log'), false)
  const text = 'x'.repeat(100_000)
  for (let n = 0; n < 70; n++) log.warn(text)
  const size = ['lifeboat.jsonl', 'lifeboat.1.jsonl'].reduce((sum, name) => sum + statSync(join(folder, 'log', name)).size, 0)
  expect(size).toBeLessThan(5_000_000)
  expect(lines('lifeboat.jsonl').length).toBeGreaterThan(0)
})

test('a log that cannot be written stops nothing', () => {
  writeFileSync(join(folder, 'log'), 'a file where the folder should be')
  expect(() => fileLog(join(folder, 'log'), false).warn('trouble')).not.toThrow()
})

test('sleeping ends with the reason of the signal', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const sleep = systemClock.sleep(60_000, controller.signal)
  controller.abort(reason)
  await expect(sleep).rejects.toBe(reason)
  await expect(systemClock.sleep(60_000, controller.signal)).rejects.toBe(reason)
  await systemClock.sleep(1)
})
