/**
 * The connector against mocks of Google that others have written, as far as those reach, so that the emulator of this project
 * is not the only witness. The sign-in is the emulator's. README of the emulator: what each of them lacks.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from '@emulators/core'
import googlePlugin, { seedFromConfig } from '@emulators/google'
import { startServer } from 'google-drive-mock'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from '../../src/engine/account-backup.ts'
import { google as provider } from '../../src/providers/google/provider.ts'
import { anotherAccount, type GoogleAccount, startGoogleAccount } from '../fixtures/google-account.ts'
import { readVault, scratchFolder } from '../fixtures/vaults.ts'
import { backUp, restoreTo } from '../restore/harness.ts'

const sha256 = (octets: string | Buffer) => createHash('sha256').update(octets).digest('hex')
const connectionOf = ({ account, context }: GoogleAccount): Connection => ({ account, provider, context: { ...context } })
const message = (n: number) =>
  `From: a@example.org\r\nTo: alice@example.com\r\nSubject: Number ${n}\r\nMessage-ID: <m${n}@example.org>\r\nDate: Tue, 4 Mar 2025 10:0${n}:00 +0000\r\n\r\nHello ${n}.\r\n`

describe('Gmail as @emulators/google has it', () => {
  let alice: GoogleAccount
  let mock: ReturnType<typeof createServer>
  let vault: string

  beforeEach(async () => {
    alice = await startGoogleAccount()
    mock = createServer(googlePlugin, { tokens: { 'mock-token': { login: 'alice@example.com', id: 1 } } })
    seedFromConfig(mock.store, 'http://localhost', { users: [{ email: 'alice@example.com' }] })
    alice.emulator.elsewhere.push({
      // It has no profile.
      path: /^(?:\/upload)?\/gmail\/v1\/users\/me\/(?!profile)/,
      answer: async (request) => {
        request.headers.set('authorization', 'Bearer mock-token')
        return await mock.app.fetch(request)
      },
    })
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(() => alice.emulator.stop())

  const call = async (method: string, path: string, body: object): Promise<{ readonly id: string }> => {
    const headers = { authorization: 'Bearer mock-token', 'content-type': 'application/json' }
    const url = `http://localhost/gmail/v1/users/me/${path}`
    const answer = await mock.app.fetch(new Request(url, { method, headers, body: JSON.stringify(body) }))
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { readonly id: string }
  }
  const insert = (n: number, labelIds: readonly string[] = ['INBOX']) =>
    call('POST', 'messages', { raw: Buffer.from(message(n)).toString('base64url'), labelIds })

  it('is saved with labels, octet for octet, and only what is new the next time', async () => {
    const label = await call('POST', 'labels', { name: 'Work' })
    for (let n = 0; n < 4; n++) await insert(n, ['INBOX', ...(n === 2 ? [label.id] : [])])
    const first = await backUp(vault, connectionOf(alice))
    expect(first.accounts[0]?.failure).toBeUndefined()
    const { live, items } = await readVault(vault, alice.account.id)
    expect(live['All Mail']).toEqual([0, 1, 2, 3].map((n) => sha256(message(n))).sort())
    const labelled = items.filter(({ meta }) => (meta['labels'] as string[]).includes('Work'))
    expect(labelled.map(({ sha256: sum }) => sum)).toEqual([sha256(message(2))])
    await insert(5)
    const second = await backUp(vault, connectionOf(alice))
    expect(second.accounts[0]?.collections.map(({ added, changed }) => [added, changed])).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
    ])
  })

  it('is restored into from a vault of another account', async () => {
    const bob = await anotherAccount(alice, 'bob@example.com')
    const { elsewhere } = alice.emulator
    const forwards = elsewhere.splice(0)
    const work = bob.user.gmail.createLabel('Work')
    for (let n = 0; n < 3; n++)
      bob.user.gmail.add(message(n), ['INBOX', ...(n === 1 ? [work.id] : [])], `2025-03-04T10:0${n}:00Z`)
    await backUp(vault, connectionOf(bob))
    elsewhere.push(...forwards)
    const carol = await anotherAccount(alice, 'carol@example.com', {}, ['mail'], true)
    const report = await restoreTo(vault, connectionOf(carol), { account: bob.account.id })
    expect([report.failure, report.failures]).toEqual([undefined, []])
    const there = (await (
      await mock.app.fetch(
        new Request('http://localhost/gmail/v1/users/me/messages', { headers: { authorization: 'Bearer mock-token' } }),
      )
    ).json()) as { readonly messages: readonly { readonly id: string }[] }
    expect(there.messages).toHaveLength(3)
  })
})

describe('Drive as google-drive-mock has it', () => {
  let alice: GoogleAccount
  let vault: string
  let origin: string
  let server: ReturnType<typeof startServer>

  beforeEach(async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    alice = await startGoogleAccount({}, {}, ['files'])
    server = startServer(0, '127.0.0.1')
    await once(server, 'listening')
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await fetch(`${origin}/debug/clear`, { method: 'POST' })
    alice.emulator.elsewhere.push({
      // It has no shared drives.
      path: /^\/drive\/v3\/(?:files|changes)/,
      answer: async (request) => {
        const { pathname, search } = new URL(request.url)
        // It knows the root by this name alone.
        if (pathname.endsWith('/files/root'))
          return Response.json({ id: 'root', name: 'My Drive', mimeType: 'application/vnd.google-apps.folder', ownedByMe: true })
        return await fetch(`${origin}${pathname}${search}`, { headers: { authorization: 'Bearer valid-token' } })
      },
    })
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    vi.restoreAllMocks()
    await alice.emulator.stop()
  })

  const create = async (name: string, content: string): Promise<void> => {
    const body = `--x\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ name, parents: ['root'], mimeType: 'text/plain' })}\r\n--x\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--x--`
    const headers = { authorization: 'Bearer valid-token', 'content-type': 'multipart/related; boundary=x' }
    const answer = await fetch(`${origin}/upload/drive/v3/files?uploadType=multipart`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  }

  it('is saved, and only what is new the next time', async () => {
    await create('a.txt', 'first')
    await create('b.txt', 'second')
    const first = await backUp(vault, connectionOf(alice))
    expect(first.accounts[0]?.collections.find(({ path }) => path[0] === 'My Drive')).toMatchObject({ added: 2, pending: 0 })
    expect((await readVault(vault, alice.account.id)).live['My Drive']).toEqual(['first', 'second'].map(sha256).sort())
    await create('c.txt', 'third')
    await backUp(vault, connectionOf(alice))
    expect((await readVault(vault, alice.account.id)).live['My Drive']).toEqual(['first', 'second', 'third'].map(sha256).sort())
  })
})
