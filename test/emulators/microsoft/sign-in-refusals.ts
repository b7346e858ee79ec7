/** What Microsoft's sign-in says where it does not let somebody in. */

/** Why Microsoft does not honour a refresh token any more. */
export type Death =
  | 'inactive-90-days'
  | 'password-changed'
  | 'revoked'
  | 'account-disabled'
  | 'account-deleted'
  | 'conditional-access'
  | 'second-factor'
  | 'sign-in-frequency'
  | 'consent-withdrawn'
  | 'client-deleted'

export interface Numbered {
  readonly error: string
  readonly code: number
  readonly text: string
  readonly suberror?: string
}

/** "Microsoft Entra authentication and authorization error codes". */
export const refusals: Readonly<Record<Death, Numbered>> = {
  'inactive-90-days': {
    error: 'invalid_grant',
    code: 700_082,
    text: 'The refresh token has expired due to inactivity. The token was issued on 2026-01-01 and was inactive for 90.00:00:00.',
  },
  'password-changed': {
    error: 'invalid_grant',
    code: 50_173,
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
    suberror: 'bad_token',
  },
  revoked: {
    error: 'invalid_grant',
    code: 70_000,
    text: 'The user could not be authenticated as the grant is expired. The user must sign in again.',
  },
  'account-disabled': { error: 'invalid_grant', code: 50_057, text: 'The user account is disabled.' },
  'account-deleted': { error: 'invalid_grant', code: 50_034, text: 'The user account does not exist in the directory.' },
  'conditional-access': {
    error: 'interaction_required',
    code: 53_003,
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    suberror: 'message_only',
  },
  'second-factor': {
    error: 'interaction_required',
    code: 50_076,
    text: 'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication.',
    suberror: 'basic_action',
  },
  'sign-in-frequency': {
    error: 'invalid_grant',
    code: 70_043,
    text: 'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.',
    suberror: 'bad_token',
  },
  'consent-withdrawn': {
    error: 'invalid_grant',
    code: 65_001,
    text: 'The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.',
    suberror: 'consent_required',
  },
  'client-deleted': { error: 'unauthorized_client', code: 700_016, text: 'Application was not found in the directory.' },
}

/** Of a personal account, for which more is asked than was allowed. */
export const scopesDenied: Numbered = {
  error: 'invalid_grant',
  code: 70_000,
  text: 'The request was denied because one or more scopes requested are unauthorized or expired. The user must first sign in and grant the client application access to the requested scope.',
}

/** In Microsoft's words what RFC 6749 and RFC 8628 call otherwise ("… device authorization grant flow", expected errors). */
export const tokenRefusals: Readonly<Record<string, Numbered>> = {
  invalid_grant: refusals.revoked,
  access_denied: { error: 'authorization_declined', code: 70_017, text: 'The end user denied the authorization request.' },
  authorization_pending: {
    error: 'authorization_pending',
    code: 70_016,
    text: 'OAuth 2.0 device flow error. Authorization is pending.',
  },
  expired_token: {
    error: 'expired_token',
    code: 70_020,
    text: 'The provided value for the input parameter device_code has expired.',
  },
}

export function refusalBody({ error, code, text, suberror }: Numbered): object {
  return {
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: 0 Correlation ID: 0 Timestamp: 2026-11-25 12:00:00Z`,
    error_codes: [code],
    timestamp: '2026-11-25 12:00:00Z',
    trace_id: '00000000-0000-0000-0000-000000000000',
    correlation_id: '00000000-0000-0000-0000-000000000000',
    ...(suberror === undefined ? {} : { suberror }),
  }
}

export const confidential: Numbered = {
  error: 'invalid_client',
  code: 7_000_218,
  text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
}
