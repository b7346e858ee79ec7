/** "Microsoft Entra authentication and authorization error codes": what each number means to a person, and what to do. */
import { expect, it } from 'vitest'
import { refusalOf, refused } from '../../../src/providers/microsoft/sign-in-refusal.ts'
import { refusalBody } from '../../emulators/microsoft/sign-in-refusals.ts'

const told = (error: string, code: number, text = 'Some text.') => {
  const refusal = refusalOf(refusalBody({ error, code, text }))
  if (refusal === null) throw new Error('not understood')
  return refused(refusal, 'alice')
}

it.each([
  ['interaction_required', 50_072, 'auth', /second proof/, /lifeboat account signin alice/],
  ['interaction_required', 50_074, 'auth', /second proof/, /lifeboat account signin alice/],
  ['interaction_required', 53_003, 'permission', /conditional access/, /administrator/],
  ['access_denied_by_policy', 53_009, 'permission', /conditional access/, /administrator/],
  ['invalid_request', 500_021, 'permission', /conditional access/, /administrator/],
  ['invalid_grant', 65_001, 'permission', /not allowed any more/, /account signin alice\. Where .* ask the administrator/],
  ['consent_required', 90_095, 'permission', /administrator/, /Grant admin consent/],
  ['unauthorized_client', 700_016, 'auth', /does not know the program/, /add the account again/],
  ['invalid_client', 7_000_218, 'auth', /public client flows/, /Mobile and desktop applications/],
  ['invalid_client', 70_002, 'auth', /public client flows/, /Allow public client flows/],
  ['invalid_request', 9_002_327, 'auth', /web page, not of a program/, /Mobile and desktop applications/],
  ['invalid_grant', 700_084, 'auth', /web page, not of a program/, /Mobile and desktop applications/],
  ['invalid_request', 50_011, 'auth', /web page, not of a program/, /http:\/\/localhost/],
  ['invalid_request', 90_002, 'usage', /does not know this organisation/, /Overview/],
  ['invalid_request', 50_194, 'auth', /not for this kind of account/, /--accounts consumers/],
  ['invalid_request', 9_001_023, 'auth', /not for this kind of account/, /--accounts organizations/],
  ['invalid_request', 900_432, 'unsupported', /kept apart/, /account add imap/],
  ['invalid_client', 700_027, 'auth', /does not accept the certificate/, /Certificates and secrets/],
  ['invalid_client', 1_000_502, 'auth', /it has ended/, /Certificates and secrets/],
  ['invalid_client', 700_024, 'auth', /clock is wrong/, /Set the clock/],
  ['invalid_grant', 50_144, 'auth', /password of this account has run out/, /Choose a new one/],
  ['invalid_grant', 500_341, 'locked-out', /not there any more/, /administrator/],
  ['temporarily_unavailable', 90_055, 'network', /out of order/, /few minutes/],
  ['server_error', 90_033, 'network', /out of order/, /few minutes/],
  ['invalid_grant', 70_019, 'cancelled', /within its time/, /new code/],
  ['invalid_request', 650_052, 'auth', /\(AADSTS650052\)/, /error\?code=650052/],
] as const)('%s with the number %i is told in words, with what to do', (error, number, code, message, advice) => {
  expect(told(error, number)).toMatchObject({
    code,
    message: expect.stringMatching(message),
    advice: expect.stringMatching(advice),
  })
})

it('of personal accounts, which come without a number, too', () => {
  const refusal = { codes: [], suberror: '' }
  const description = 'The client does not exist or is not enabled for consumers.'
  expect(refused({ ...refusal, error: 'unauthorized_client', description }, 'alice')).toMatchObject({
    advice: expect.stringContaining('--accounts organizations'),
  })
  expect(refused({ ...refusal, error: 'server_error', description: '' }, 'alice')).toMatchObject({ code: 'network' })
})
