/** "Microsoft Graph error responses and resource types": what each answer means here. */
import { expect, it } from 'vitest'
import { fromGraph, Resync, Throttled } from '../../../src/providers/microsoft/errors.ts'

const meaning = (status: number, code = '', headers: Record<string, string> = {}, inner = '') =>
  fromGraph(
    { status, headers: new Headers(headers), body: { error: { code, message: 'Text.', innerError: { code: inner } } } },
    'alice',
    new Date('2026-11-26T00:00:00Z'),
  )

it.each([
  [400, 'unsupported'],
  [401, 'auth'],
  [403, 'permission'],
  [404, 'not-found'],
  [405, 'unsupported'],
  [409, 'unsupported'],
  [410, 'cursor-expired'],
  [423, 'unsupported'],
  [429, 'rate-limit'],
  [500, 'network'],
  [501, 'unsupported'],
  [503, 'network'],
  [504, 'network'],
  [507, 'unsupported'],
  [509, 'rate-limit'],
])('HTTP %i is %s', (status, code) => {
  expect(meaning(status)).toMatchObject({ code })
})

it('waits as long as is asked for', () => {
  expect(meaning(503, 'serviceNotAvailable', { 'retry-after': '30' })).toMatchObject({ code: 'rate-limit', retryAfter: 30_000 })
  expect(meaning(429)).toBeInstanceOf(Throttled)
})

it('renews the sign-in where conditional access wants claims, whatever the status', () => {
  const challenge = { 'www-authenticate': 'Bearer realm="", error="insufficient_claims", claims="eyJ9"' }
  for (const status of [401, 403])
    expect(meaning(status, 'InvalidAuthenticationToken', challenge)).toMatchObject({ name: 'TokenEnded', code: 'auth' })
})

it.each([
  ['resyncRequired', 'resyncApplyDifferences', 'apply'],
  ['resyncRequired', 'resyncChangesUploadDifferences', 'upload'],
  ['syncStateNotFound', '', null],
])('%s with %s inside lists anew', (code, inner, hint) => {
  const error = meaning(400, code, { location: 'https://graph.microsoft.com/v1.0/me/drive/root/delta?token=1' }, inner)
  expect(error).toBeInstanceOf(Resync)
  expect(error).toMatchObject({ hint, location: expect.stringContaining('token=1') })
})
