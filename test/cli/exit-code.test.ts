import { describe, expect, test } from 'vitest'
import { backupExitCode, verifyExitCode } from '../../src/cli/exit-code.ts'
import { type ErrorCode, errorCodes } from '../../src/core/errors.ts'
import { errorTexts } from '../../src/core/messages.ts'
import type { Failure, PendingItem } from '../../src/engine/report.ts'
import { accountReport, backupReport, collectionReport, verifyReport } from './hand-made.ts'

const failure = (code: ErrorCode): Failure => ({ code, message: 'It failed.', advice: 'Try again.' })
const pendingItem: PendingItem = { service: 'mail', collection: ['Inbox'], key: '7', title: '', reason: 'refused' }
const pending = accountReport({ pending: [pendingItem], collections: [collectionReport({ stored: 9, pending: 1 })] })
const heldBack = accountReport({ collections: [collectionReport({ heldBack: 5 })] })
const failed = (code: ErrorCode) => accountReport({ failure: failure(code) })

describe('the exit code of a backup', () => {
  test.each([
    { what: 'all well', report: backupReport(), code: 0 },
    { what: 'no account', report: backupReport({ accounts: [] }), code: 0 },
    { what: 'a pending item', report: backupReport({ accounts: [accountReport(), pending] }), code: 3 },
    {
      what: 'a message that the server counts and does not list',
      report: backupReport({ accounts: [accountReport({ collections: [collectionReport({ said: 11 })] })] }),
      code: 3,
    },
    {
      what: 'a folder that is skipped with its reason',
      report: backupReport({
        accounts: [accountReport({ collections: [collectionReport({ stored: 0, skipped: 'holds no messages' })] })],
      }),
      code: 0,
    },
    {
      what: 'a folder whose count could not be asked',
      report: backupReport({ accounts: [accountReport({ collections: [collectionReport({ said: null })] })] }),
      code: 0,
    },
    { what: 'removals held back', report: backupReport({ accounts: [pending, heldBack] }), code: 4 },
    { what: 'sign-in failed', report: backupReport({ accounts: [heldBack, failed('auth')] }), code: 5 },
    {
      what: 'a folder that failed',
      report: backupReport({
        accounts: [accountReport({ collections: [collectionReport({ failure: failure('permission') })] })],
      }),
      code: 5,
    },
    { what: 'network and sign-in', report: backupReport({ accounts: [failed('network'), failed('auth')] }), code: 5 },
    { what: 'sign-in and a full disk', report: backupReport({ accounts: [failed('auth'), failed('disk-full')] }), code: 7 },
    { what: 'a damaged vault', report: backupReport({ accounts: [failed('corrupt'), failed('network')] }), code: 9 },
    { what: 'stopped', report: backupReport({ stopped: true, accounts: [pending] }), code: 130 },
    { what: 'stopped after a full disk', report: backupReport({ stopped: true, accounts: [failed('disk-full')] }), code: 7 },
  ])('is $code for: $what', ({ report, code }) => {
    expect(backupExitCode(report)).toBe(code)
  })

  test.each(errorCodes.map((code) => ({ code })))('is that of the messages for a single failure: $code', ({ code }) => {
    expect(backupExitCode(backupReport({ accounts: [failed(code)] }))).toBe(errorTexts[code].exitCode)
  })
})

test('the exit code of verify is 9 unless the vault is sound', () => {
  expect(verifyExitCode(verifyReport())).toBe(0)
  expect(verifyExitCode(verifyReport({ sound: false }))).toBe(9)
})
