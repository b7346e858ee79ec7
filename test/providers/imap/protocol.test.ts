import { expect, it } from 'vitest'
import { readDate } from '../../../src/providers/imap/protocol.ts'

it.each([
  ['17-Jul-1996 02:44:25 -0700', '1996-07-17T09:44:25.000Z'],
  [' 1-Jan-1900 00:00:00 +0000', '1900-01-01T00:00:00.000Z'],
  ['31-Dec-9999 23:59:59 +0000', '9999-12-31T23:59:59.000Z'],
  ['31-Dec-9999 23:59:59 -1200', null],
  // Would be 2001 and 1999.
  ['01-Jan-0001 00:00:00 +0000', null],
  ['01-Jan-0099 00:00:00 +0000', null],
  ['17-Jul-2025 25:61:61 +9999', null],
  ['garbage', null],
])('an INTERNALDATE of %s is %s', (value, date) => {
  expect(readDate({ type: 'STRING', value })).toBe(date)
})
