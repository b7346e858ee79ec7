import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account } from '../../../src/core/account.ts'
import type { Context } from '../../../src/core/context.ts'
import { AppError, type ErrorCode } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TestFinding } from '../../../src/core/provider.ts'
import { testAccount } from '../../../src/providers/imap/test-account.ts'
import { patience } from '../../fixtures/patience.ts'
import { type Certificates, createCertificates } from '../../servers/certificates.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../../servers/dovecot.ts'
import { type HostileServer, type Script, startHostileServer } from '../../servers/hostile-imap.ts'
import { message } from './account.ts'

interface Outcome {
  readonly findings: readonly TestFinding[]
  /** The first finding that is a failure, and its code. */
  readonly failure: string | null
  readonly code: ErrorCode | undefined
  readonly text: string
}

async function testOf(
  settings: JsonObject,
  password: string | AppError = 'wonderland',
  signal = new AbortController().signal,
): Promise<Outcome> {
  const account: Account = { id: 'test', provider: 'imap', services: ['mail'], settings }
  const context: Context = {
    clock: { now: () => new Date(), sleep: (ms, stop) => delay(ms, undefined, stop ? { signal: stop } : {}) },
    log: { debug() {}, warn() {} },
    secret: async () => {
      if (password instanceof AppError) throw password
      return password
    },
  }
  const findings: TestFinding[] = []
  for await (const finding of testAccount(account, context, signal)) findings.push(finding)
  const failed = findings.filter((finding) => !finding.ok)
  return {
    findings,
    failure: failed[0]?.text ?? null,
    code: failed[0]?.code,
    text: findings.map((finding) => finding.text).join('\n'),
  }
}

const missing = dovecotMissing()

describe.skipIf(missing)(`account test against Dovecot${missing ? ` (${missing})` : ''}`, () => {
  let dovecot: Dovecot
  let settings: { host: string; port: number; user: string; security: string; ca: string }

  beforeAll(async () => {
    dovecot = await startDovecot()
    const { host, tlsPort, user, ca } = dovecot
    settings = { host, port: tlsPort, user, security: 'tls', ca }
    const admin = await dovecot.admin()
    await admin.mailboxCreate('Clients/Acme')
    for (const subject of ['one', 'two', 'three']) await admin.append('INBOX', message(subject))
    await admin.append('Clients/Acme', message('four'))
  })
  afterAll(async () => {
    await dovecot?.stop()
  })

  it('says that everything works, with the number of folders and messages', async () => {
    const { findings, failure, text } = await testOf({ ...settings, host: 'localhost' })
    expect(failure).toBeNull()
    expect(findings.length).toBeGreaterThan(4)
    expect(text).toContain('The server name localhost is known.')
    expect(text).toContain(`localhost can be reached on port ${settings.port}.`)
    expect(text).toContain('The connection is encrypted (TLS), and the certificate of localhost is valid.')
    expect(text).toContain('localhost accepts the user name and the password.')
    expect(text).toContain('later runs are quick')
    expect(text).toMatch(/There are 4 messages in \d folders\./)
  })

  it('takes an address of IPv6 as it stands in URLs', async () => {
    const { text } = await testOf({ ...settings, host: '[::1]', port: 1 })
    expect(text).toContain('::1 is an address, so no name has to be looked up.')
  })

  it('says so with STARTTLS as well', async () => {
    const { failure, text } = await testOf({ ...settings, port: dovecot.port, security: 'starttls' })
    expect(failure).toBeNull()
    expect(text).toContain('The connection is encrypted (STARTTLS)')
  })

  it('leaves new messages new', async () => {
    const admin = await dovecot.admin()
    const status = () => admin.status('INBOX', { unseen: true, messages: true })
    const before = await status()
    await testOf(settings)
    expect(await status()).toEqual(before)
    expect(before).toMatchObject({ unseen: 3 })
  })

  it('names a port on which nothing listens', async () => {
    expect(await testOf({ ...settings, port: 1 })).toMatchObject({
      failure: '127.0.0.1 refuses connections on port 1. IMAP mostly uses port 993 with TLS, or 143 with STARTTLS.',
      code: 'network',
    })
  })

  it('suggests STARTTLS where TLS was tried on a port without it', async () => {
    const { failure, code } = await testOf({ ...settings, port: dovecot.port })
    expect(failure).toContain(`does not speak TLS on port ${dovecot.port}. Try STARTTLS`)
    expect(code).toBe('network')
  })

  it('says that nobody known vouches for the certificate', async () => {
    const { ca: _, ...withoutCa } = settings
    const { failure, code } = await testOf(withoutCa)
    expect(failure).toContain('The certificate of 127.0.0.1 comes from an authority that this computer does not know.')
    expect(code).toBe('suspicious')
    const stranger = createCertificates()
    const otherCa = await testOf({ ...settings, ca: stranger.caFile })
    stranger.remove()
    expect(otherCa.failure).toContain('comes from an authority that this computer does not know')
  })

  it('says that the password is refused, in the words of the provider of the address', async () => {
    const plain = await testOf(settings, 'canary-77-wrong')
    expect(plain.failure).toContain('does not accept the user name or the password')
    expect(plain.text).toContain('app password')
    expect(plain.text).not.toContain('canary-77-wrong')
    expect(plain.code).toBe('auth')
    const apple = await testOf({ ...settings, user: 'anna@icloud.com' }, 'canary-77-wrong')
    expect(apple.text).toContain('What iCloud Mail wants: 1. Open account.apple.com')
    expect(apple.text).toContain('2. Open Sign-In and Security > App-Specific Passwords')
    expect(apple.text).not.toContain('canary-77-wrong')
  })

  it('says that no password is stored', async () => {
    expect(await testOf(settings, '')).toMatchObject({ failure: 'No password is stored for this account.', code: 'auth' })
  })

  it('gives the advice that belongs to a password that cannot be had, and no other', async () => {
    const advice = 'Run the command by itself in a terminal.'
    const { findings } = await testOf(settings, new AppError('auth', 'The password command ended with code 3.', { advice }))
    expect(findings.filter(({ ok }) => !ok).map(({ text }) => text)).toEqual(['The password command ended with code 3.', advice])
  })

  it('warns where the connection is not encrypted', async () => {
    const { failure, text } = await testOf({ ...settings, port: dovecot.port, security: 'none' })
    expect(failure).toBeNull()
    expect(text).toContain('The connection is not encrypted; it does not leave this computer.')
  })
})

describe('account test', () => {
  let certificates: Certificates
  const servers: HostileServer[] = []
  beforeAll(() => {
    certificates = createCertificates()
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()))
    certificates.remove()
  })

  async function against(
    script: Script,
    request = { names: ['127.0.0.1'] } as Parameters<Certificates['issue']>[0],
    timeout = patience / 1_000,
  ) {
    const server = await startHostileServer(script, certificates.issue(request))
    servers.push(server)
    const security = script.security ?? 'none'
    return testOf({ host: '127.0.0.1', port: server.port, user: 'anna', security, timeout, ca: certificates.caFile })
  }

  it('names a server that does not exist', async () => {
    const { failure, code } = await testOf({ host: 'imap.does-not-exist.invalid', user: 'anna' })
    expect(code).toBe('network')
    expect(failure).toContain('imap.does-not-exist.invalid')
    expect(failure).toContain('online')
  })

  it('names a setting that is wrong', async () => {
    expect(await testOf({ host: '', user: 'anna' })).toMatchObject({ failure: expect.stringContaining('"host"'), code: 'usage' })
  })

  it('tells the faults of certificates apart', async () => {
    const tls = { security: 'tls' } as const
    const names = ['127.0.0.1']
    for (const [script, request, says] of [
      [tls, { names: ['imap.other.example'] }, 'is not for the name 127.0.0.1'],
      [tls, { names, days: -1 }, 'has expired'],
      [tls, { names, selfSigned: true }, 'has signed its certificate itself'],
      [{ security: 'starttls' }, { names, days: -1 }, 'has expired'],
    ] as const) {
      expect(await against(script, request)).toMatchObject({ failure: expect.stringContaining(says), code: 'suspicious' })
    }
  })

  it('says that a server takes the connection and then does not answer', async () => {
    const { failure, code } = await against({ security: 'tls', greeting: () => {} }, undefined, 2)
    expect(failure).toBe('127.0.0.1 does not answer.')
    expect(code).toBe('network')
    for (const security of ['none', 'starttls'] as const) {
      // So does a server that waits for TLS.
      expect((await against({ security, greeting: () => {} }, undefined, 2)).failure).toMatch(
        /does not answer on port \d+\. It may expect TLS from the start: try --tls\./,
      )
    }
  })

  it('sends no password to Outlook.com, which takes none', async () => {
    const { findings, failure, code } = await testOf({ host: 'outlook.office365.com', user: 'anna@outlook.com' })
    expect(failure).toContain('Microsoft sign-in')
    expect(code).toBe('unsupported')
    expect(findings).toHaveLength(1)
  })

  it.each(['LOGIN', 'LIST'])('explains "authenticated but not connected" at %s', async (where) => {
    const { failure, code } = await against({
      answer: ({ name, tag }, wire, serve) => {
        const isHere = name === where || (where === 'LOGIN' && name === 'AUTHENTICATE')
        return isHere ? wire.send(`${tag} BAD User is authenticated but not connected.\r\n`) : serve()
      },
    })
    expect(failure).toMatch(
      /accepts the password but does not open the mailbox|password is right, but the provider does not open/,
    )
    expect(code).toBe('auth')
  })

  it('says that a server demands encryption where none was asked for', async () => {
    const server = await startHostileServer({ security: 'starttls' }, certificates.issue({ names: ['127.0.0.1'] }))
    servers.push(server)
    const { failure } = await testOf({ host: '127.0.0.1', port: server.port, user: 'anna', security: 'none' })
    expect(failure).toBe('127.0.0.1 takes no password over a connection that is not encrypted. Choose TLS or STARTTLS.')
    expect(server.commands.filter((command) => /^(LOGIN|AUTH)/.test(command))).toEqual([])
  })

  it('says what a plain server costs', async () => {
    const { failure, text } = await against({})
    expect(failure).toBeNull()
    expect(text).toContain('later runs compare lists')
    expect(text).toContain('There are 8 messages in 2 folders.')
  })

  it('ends at once when it is stopped', async () => {
    const server = await startHostileServer({ greeting: () => {} }, certificates.issue({ names: ['127.0.0.1'] }))
    servers.push(server)
    const stop = new AbortController()
    setTimeout(() => stop.abort(new AppError('cancelled', 'Stopped.')), 100)
    const started = performance.now()
    const test = testOf({ host: '127.0.0.1', port: server.port, user: 'anna', security: 'none', timeout: 60 }, 'x', stop.signal)
    await expect(test).rejects.toMatchObject({ code: 'cancelled' })
    expect(performance.now() - started).toBeLessThan(30_000)
  })
})
