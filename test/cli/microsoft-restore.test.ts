/** Mail goes back to Outlook.com by the commands a person runs, and nothing of the sign-in is left anywhere on its way. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isWriting, Microsoft } from '../emulators/microsoft/microsoft.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { filesBelow, lifeboat, type TemporaryFolder, temporaryFolder } from './command.ts'
import { watchCommandLines } from './command-lines.ts'
import { withMicrosoftCode } from './microsoft-code.ts'

const missing = dovecotMissing()
const alice = 'alice@outlook.example'
const dora = 'dora@outlook.example'

describe.skipIf(missing !== null)(`mail that goes back to Outlook.com${missing === null ? '' : `: ${missing}`}`, () => {
  let microsoft: Microsoft
  let server: Dovecot
  let home: TemporaryFolder
  let clientFile: string
  let vault: string

  beforeEach(async () => {
    microsoft = await Microsoft.start()
    const { introspection, caFile } = microsoft
    server = await startDovecot({ users: { [dora]: 'of no use to Lifeboat' }, oauth2: { introspection, caFile } })
    home = temporaryFolder()
    clientFile = join(home.path, 'practice.json')
    vault = join(home.path, 'vault')
    const imap = { host: server.host, port: server.tlsPort, security: 'tls', ca: server.ca }
    writeFileSync(clientFile, JSON.stringify(microsoft.practiceFile(imap)))
  })

  afterEach(async () => {
    await microsoft.stop()
    await server.stop()
    home[Symbol.dispose]()
  })

  it('keeps the sign-in out of arguments, settings, log, output and vault', async () => {
    const { mail } = microsoft.addUser(alice)
    for (let n = 0; n < 3; n++) mail.add(`Message-ID: <${n}@example.org>\r\nSubject: Number ${n}\r\n\r\nHello.\r\n`)
    microsoft.addUser(dora)
    const options = { home: home.path, env: { LIFEBOAT_DEBUG: '1' } }
    const add = ['account', 'add', 'microsoft', '--client-id', clientFile, '--secrets', 'file', '--only', 'mail']
    const restore = ['restore', '--vault', vault, '--account', alice, '--to', dora]
    const watch = watchCommandLines()
    const results = [
      await withMicrosoftCode(microsoft, alice, add, options),
      await lifeboat(['backup', '--vault', vault], options),
      await withMicrosoftCode(microsoft, dora, add, options),
      await withMicrosoftCode(microsoft, dora, ['account', 'signin', dora, '--for-restore'], options),
    ]
    microsoft.requests.length = 0
    results.push(
      await lifeboat(restore, options),
      await lifeboat(['drill', '--vault', vault, '--account', alice, '--to', dora, '--remove'], options),
    )
    expect(microsoft.requests.filter(isWriting)).toEqual([])
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0])
    expect(readFileSync(join(server.root, 'dovecot.log'), 'utf8')).toContain(`user=<${dora}>, method=XOAUTH2`)
    // Neither the mail server nor Microsoft lets anybody in any more.
    await server.stop()
    results.push(await lifeboat(restore, options))
    microsoft.signIn.kill(dora, 'revoked')
    microsoft.signIn.expireAccessTokens()
    results.push(await lifeboat(restore, options))
    watch.stop()
    expect(results.slice(-2).map(({ exitCode }) => exitCode)).toEqual([expect.any(Number), 5])
    expect(results.at(-2)?.exitCode).not.toBe(0)

    const given = microsoft.signIn.secretsGivenOut().filter((text) => text.length > 20)
    // As it goes to the mail server (SASL XOAUTH2).
    const sent = given.map((token) => Buffer.from(`user=${dora}\x01auth=Bearer ${token}\x01\x01`).toString('base64'))
    expect(given.length).toBeGreaterThan(10)
    const places = filesBelow(home.path).filter(({ path }) => path !== clientFile && !path.endsWith('/secrets.json'))
    const texts = [
      ...places,
      ...results.map(({ stdout, stderr }) => ({ path: 'output', text: stdout + stderr })),
      ...[...watch.seen].map((text) => ({ path: 'argv', text })),
    ]
    expect(texts.some(({ path, text }) => path === 'argv' && text.includes('--for-restore'))).toBe(true)
    for (const canary of [...given, ...sent])
      expect(texts.filter(({ text }) => text.includes(canary)).map(({ path }) => path)).toEqual([])
    // The refresh token is where it belongs, so the search would have found one.
    const kept = filesBelow(home.path).find(({ path }) => path.endsWith('/secrets.json'))
    expect(given.some((canary) => kept?.text.includes(canary))).toBe(true)
  })
})
