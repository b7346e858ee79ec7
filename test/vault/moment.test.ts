import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/core/errors.ts'
import { runId } from '../../src/vault/layout.ts'
import { parseMoment } from '../../src/vault/moment.ts'

const local = (year: number, month: number, day: number, hours = 0, minutes = 0, seconds = 0) =>
  runId(new Date(year, month - 1, day, hours, minutes, seconds))

describe('a point in time', () => {
  test.each([
    ['2026-11-22T073105Z', '2026-11-22T073105Z', true],
    ['2026-11-22', local(2026, 11, 22, 23, 59, 59), false],
    ['before 2026-03-01', local(2026, 2, 28, 23, 59, 59), false],
    ['  BEFORE   2026-03-01 ', local(2026, 2, 28, 23, 59, 59), false],
    ['2026-11-22 08:30', local(2026, 11, 22, 8, 30), false],
    ['2026-11-22T08:30:15', local(2026, 11, 22, 8, 30, 15), false],
    ['2026-11-22T08:30:15Z', '2026-11-22T083015Z', false],
    ['2026-11-22T08:30:15.123+01:00', '2026-11-22T073015Z', false],
    ['before 2026-11-22T073105Z', '2026-11-22T073104Z', false],
    ['2024-02-29', local(2024, 2, 29, 23, 59, 59), false],
  ])('%s counts runs up to %s', (text, until, isRun) => {
    expect(parseMoment(text)).toMatchObject({ until, isRun })
  })

  test.each([
    '',
    'yesterday',
    'before',
    'after 2026-01-01',
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-11-22 25:00',
    '2026-02-30 08:00',
    '2026-11-22T996105Z',
    '22.11.2026',
    'before before 2026-01-01',
  ])('"%s" is refused with the forms that are understood', (text) => {
    expect(() => parseMoment(text)).toThrow(AppError)
    try {
      parseMoment(text)
    } catch (error) {
      expect(error).toMatchObject({ code: 'usage', advice: expect.stringContaining('before 2026-03-01') })
    }
  })
})
