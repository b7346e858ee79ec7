import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listVault, listVaultItems } from '../../src/api/browse.ts'
import type { Provider } from '../../src/core/provider.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { collect } from '../../src/vault/mail-store.ts'
import { parseMoment } from '../../src/vault/moment.ts'
import { Snapshot } from '../../src/vault/snapshot.ts'
import { Vault } from '../../src/vault/vault.ts'
import { MemoryAccount, memoryProvider } from '../fixtures/memory-account.ts'
import { runBackup, runProvider, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

/** Folder, flags and text of every message of the account. */
type Picture = Record<string, { text: string; flags: string[] }[]>

function pictureOf(account: MemoryAccount): Picture {
  const folders = [...account.mailboxes.values()].map(({ path, messages }) => [
    path.join('/'),
    [...messages.values()].map(({ bytes, flags }) => ({ text: bytes.toString(), flags: [...flags].sort() })).sort(byText),
  ])
  return Object.fromEntries(folders)
}

const byText = (a: { text: string }, b: { text: string }) => (a.text < b.text ? -1 : 1)

async function openSnapshot(directory: string, at: string | null): Promise<Snapshot> {
  const vault = await Vault.openForReading(vaultOptions(directory, realDisk, null))
  onTestFinished(() => vault.close())
  const snapshot = await Snapshot.open(vault, await vault.account('alice'), at === null ? null : parseMoment(at))
  onTestFinished(() => snapshot[Symbol.dispose]())
  return snapshot
}

async function pictureAt(directory: string, at: string | null): Promise<Picture> {
  const snapshot = await openSnapshot(directory, at)
  const picture: Picture = {}
  for (const { c, path, gone } of snapshot.state.collections()) {
    if (gone) continue
    const messages: { text: string; flags: string[] }[] = []
    for (const item of snapshot.state.items(c, false))
      messages.push({ text: (await collect(snapshot.content(item))).toString(), flags: item.meta.flags as string[] })
    picture[path.join('/')] = messages.sort(byText)
  }
  return picture
}

async function toArray<T>(values: AsyncIterable<T>): Promise<T[]> {
  const array: T[] = []
  for await (const value of values) array.push(value)
  return array
}

/** One folder with one message, whose bytes change under the same key. */
function changingProvider(path: readonly string[], version: string): Provider {
  const content = Buffer.from(`Subject: note\r\n\r\nversion ${version}\r\n`)
  return {
    ...memoryProvider(new MemoryAccount()),
    source: () => ({
      concurrency: 1,
      async *collections() {
        yield { service: 'mail', key: 'notes', path }
      },
      async *changes() {
        const date = '2025-03-04T05:06:07.000Z'
        yield { kind: 'item', item: { key: 'note', version, size: content.length, date, meta: { flags: [] } } }
        yield { kind: 'all-listed' }
        yield { kind: 'checkpoint', cursor: version }
      },
      async *fetch() {
        yield { key: 'note', content }
      },
      async close() {},
    }),
  }
}

async function backUp(directory: string, account: MemoryAccount): Promise<string> {
  const report = await runBackup(directory, account, { acceptRemovals: true })
  return report.accounts[0]?.run ?? ''
}

describe('an account as of a run', () => {
  test('is what it was then: messages, flags, folders, removals', async () => {
    const directory = await scratchFolder()
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    const work = account.addMailbox(['Work'])
    const kept = account.add(inbox, 'Subject: kept\r\n\r\nkept\r\n')
    const lost = account.add(inbox, 'Subject: lost\r\n\r\nlost\r\n', ['\\Seen'])
    const moved = account.add(work, 'Subject: moved\r\n\r\nmoved\r\n')
    const pictures: { run: string; picture: Picture }[] = []
    const remember = async () => pictures.push({ run: await backUp(directory, account), picture: pictureOf(account) })
    await remember()

    account.reflag(inbox, kept, ['\\Flagged', 'Work'])
    account.remove(inbox, lost)
    account.move(work, moved, inbox)
    await remember()

    account.rename(work, ['Archive', 'Work of 2025'])
    account.add(work, 'Subject: later\r\n\r\nlater\r\n')
    account.renumber(inbox)
    await remember()

    account.mailboxes.delete(work)
    await remember()

    for (const { run, picture } of pictures) expect(await pictureAt(directory, run)).toEqual(picture)
    expect(await pictureAt(directory, null)).toEqual(pictures.at(-1)?.picture)
    expect(await pictureAt(directory, `before ${pictures[2]?.run}`)).toEqual(pictures[1]?.picture)
  })

  test('a time before the first backup, and a run that never was, are refused with the runs there are', async () => {
    const directory = await scratchFolder()
    const account = new MemoryAccount()
    account.add(account.addMailbox(['Inbox']), 'Subject: a\r\n\r\na\r\n')
    const run = await backUp(directory, account)
    await expect(openSnapshot(directory, 'before 2001-01-01')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('before 2001-01-01'),
      advice: expect.stringContaining(run),
    })
    await expect(openSnapshot(directory, '2099-01-01T000000Z')).rejects.toMatchObject({
      code: 'not-found',
      advice: expect.stringContaining(run),
    })
    expect(await pictureAt(directory, '2099-01-01')).toEqual(pictureOf(account))
  })

  test('finds bytes that were superseded since, also below a folder that was renamed since', async () => {
    const directory = await scratchFolder()
    const account = { id: 'alice', provider: 'memory', services: ['mail'], settings: {} } as const
    const first = await runProvider(directory, account, changingProvider(['Notes'], '1'))
    await runProvider(directory, account, changingProvider(['Notes'], '2'))
    await runProvider(directory, account, changingProvider(['Old notes'], '2'))
    const snapshot = await openSnapshot(directory, first.accounts[0]?.run ?? '')
    const [item] = [...snapshot.state.items(null, false)]
    expect(item).toBeDefined()
    if (item === undefined) return
    expect((await collect(snapshot.content(item))).toString()).toContain('version 1')
    expect(snapshot.places(item)).toMatchObject([{ path: 'Mail/Old notes/2025.mbox' }])
  })

  test('bytes that are damaged in one place are taken from another', async () => {
    const directory = await scratchFolder()
    const account = new MemoryAccount()
    const text = 'Message-ID: <1@example.com>\r\nSubject: twice\r\n\r\nthe same in two folders\r\n'
    account.add(account.addMailbox(['Inbox']), text)
    account.add(account.addMailbox(['Copies']), text)
    await backUp(directory, account)
    const file = join(directory, 'data/alice/Mail/Inbox/2025.mbox')
    writeFileSync(file, readFileSync(file, 'latin1').replace('in two folders', 'in two f*lders'), 'latin1')
    const picture = await pictureAt(directory, null)
    expect(picture).toEqual(pictureOf(account))
    const other = join(directory, 'data/alice/Mail/Copies/2025.mbox')
    writeFileSync(other, '')
    await expect(pictureAt(directory, null)).rejects.toMatchObject({ code: 'corrupt' })
  })
})

describe('list --at', () => {
  test('shows folders, counts and messages of then, and where their bytes lie now', async () => {
    const directory = await scratchFolder()
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    const work = account.addMailbox(['Work'])
    const uid = account.add(inbox, 'Subject: first\r\n\r\n1\r\n', ['\\Seen'])
    account.add(work, 'Subject: second\r\n\r\n2\r\n')
    const first = await backUp(directory, account)
    account.remove(inbox, uid)
    account.rename(work, ['Done'])
    await backUp(directory, account)

    const options = vaultOptions(directory)
    const request = { vault: directory, at: first }
    const [then] = (await listVault(options, request)).accounts
    expect(then).toMatchObject({ run: first })
    expect(then?.collections.map(({ path, items }) => [path.join('/'), items])).toEqual([
      ['Inbox', 1],
      ['Work', 1],
    ])
    const items = await toArray(listVaultItems(options, { ...request, collection: 'work' }))
    expect(items).toMatchObject([{ subject: 'second', path: 'data/alice/Mail/Done/2025.mbox', removed: false }])
    const removed = await toArray(listVaultItems(options, { ...request, collection: 'Inbox' }))
    expect(removed).toMatchObject([{ subject: 'first', flags: ['\\Seen'], removed: false }])
    await expect(listVault(options, { vault: directory, at: '1999-01-01' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(listVault(options, { vault: directory, at: 'soon' })).rejects.toMatchObject({ code: 'usage' })
  })
})
