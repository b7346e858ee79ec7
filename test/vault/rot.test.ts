import { appendFile, cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ItemRecord } from '../../src/vault/state-rows.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import type { VerifyReport } from '../../src/vault/verify-report.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

const inboxFile = 'data/alice/Mail/Inbox/2025.mbox'

function message(n: number, room = 300): string {
  const header = `Message-ID: <${n}@x>\r\nReceived: by y; ${n}\r\nSubject: Number ${n}\r\n\r\n`
  return `${header}${'All work and no play\r\n'.repeat(room / 20)}End ${String(n).padStart(3, '0')}\r\n`
}

/** Two runs, so that every kind of file is there, and most of them with something from both. */
async function makeVault(): Promise<{ vault: string; account: MemoryAccount; items: readonly ItemRecord[] }> {
  const vault = join(await mkdtemp(join(tmpdir(), 'lifeboat-rot-')), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  const work = account.addMailbox(['Work'])
  for (let n = 100; n < 120; n++) account.add(n % 2 === 0 ? inbox : work, message(n))
  await runBackup(vault, account)
  for (let n = 120; n < 126; n++) account.add(inbox, message(n))
  await runBackup(vault, account)
  return { vault, account, items: (await readVault(vault)).items }
}

function verify(vault: string): Promise<VerifyReport> {
  return verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
}

function blamed(report: VerifyReport): string[] {
  return report.findings.flatMap(({ item }) => (item === undefined ? [] : [item.title])).sort()
}

describe('what rots on the disk', () => {
  let sound: Awaited<ReturnType<typeof makeVault>>

  beforeAll(async () => {
    sound = await makeVault()
    expect((await verify(sound.vault)).findings).toEqual([])
    return () => rm(join(sound.vault, '..'), { recursive: true, force: true })
  })

  async function copy(): Promise<string> {
    const vault = join(await scratchFolder(), 'vault')
    await cp(sound.vault, vault, { recursive: true, preserveTimestamps: true })
    return vault
  }

  async function flip(path: string, position: number, bit: number): Promise<void> {
    const bytes = await readFile(path)
    bytes[position] = (bytes[position] ?? 0) ^ (1 << bit)
    await writeFile(path, bytes)
  }

  const inInbox = () => sound.items.filter(({ path }) => path === 'Mail/Inbox/2025.mbox').sort((a, b) => a.offset - b.offset)

  async function filesOf(vault: string): Promise<string[]> {
    const entries = await readdir(vault, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(vault.length + 1))
      .sort()
  }

  it('is found wherever a bit of a mail file flips, and the message is named, and no other', async () => {
    const vault = await copy()
    const path = join(vault, inboxFile)
    const whole = await readFile(path)
    for (let position = 0; position < whole.length; position += 149) {
      await flip(path, position, position % 8)
      const report = await verify(vault)
      const owner = inInbox().find(({ offset, length }) => position >= offset && position < offset + length)
      expect([position, report.sound, blamed(report)]).toEqual([position, false, [owner?.head.subject]])
      await writeFile(path, whole)
    }
    expect((await verify(vault)).findings).toEqual([])
  })

  it('is found in every file of a vault: one flipped bit, a truncation, a deletion, an octet more', async () => {
    const vault = await copy()
    const files = await filesOf(vault)
    expect(files.length).toBeGreaterThan(8)
    for (const name of files) {
      const path = join(vault, name)
      const whole = await readFile(path)
      const flips = [0, 1, 2, 3, 4, 5].map((n) => async () => flip(path, Math.floor((whole.length * n) / 6), n))
      const cuts = [0, 1, Math.floor(whole.length / 2), whole.length - 1].map((length) => async () => truncate(path, length))
      const more = async () => writeFile(path, Buffer.concat([whole, Buffer.from('x')]))
      for (const [n, harm] of [...flips, ...cuts, more, async () => rm(path)].entries()) {
        await harm()
        const report = await verify(vault)
        expect([name, n, report.sound]).toEqual([name, n, false])
        expect(report.findings.map((finding) => finding.text).every((text) => / .*\.$/.test(text))).toBe(true)
        await writeFile(path, whole)
      }
    }
    expect((await verify(vault)).findings).toEqual([])
  })

  it('is found when two files or two messages change places', async () => {
    const vault = await copy()
    const files = (await filesOf(vault)).filter((name) => /\.(mbox|jsonl)$/.test(name))
    for (const [n, name] of files.entries()) {
      const [a, b] = [join(vault, name), join(vault, files[(n + 1) % files.length] ?? '')]
      const exchange = async () => {
        const aside = join(vault, '..', 'aside')
        await rename(a, aside)
        await rename(b, a)
        await rename(aside, b)
      }
      await exchange()
      const exchanged = await verify(vault)
      expect([name, exchanged.sound]).toEqual([name, false])
      const mail = [name, files[(n + 1) % files.length] ?? ''].filter((file) => file.endsWith('.mbox'))
      const affected = sound.items.filter(({ path }) => mail.includes(`data/alice/${path}`))
      if (mail.length !== 1) expect(blamed(exchanged)).toEqual(affected.map(({ head }) => head.subject).sort())
      await exchange()
    }
    const [first, second] = inInbox().filter(({ length }, _, all) => length === all[0]?.length)
    if (first === undefined || second === undefined) throw new Error('no two messages of one length')
    const whole = await readFile(join(vault, inboxFile))
    const swapped = Buffer.from(whole)
    whole.copy(swapped, first.offset, second.offset, second.offset + second.length)
    whole.copy(swapped, second.offset, first.offset, first.offset + first.length)
    await writeFile(join(vault, inboxFile), swapped)
    const report = await verify(vault)
    expect(report.sound).toBe(false)
    expect(blamed(report)).toEqual([first.head.subject, second.head.subject].sort())
  })

  it('is not blamed on the messages after an octet that came or went', async () => {
    const vault = await copy()
    const path = join(vault, inboxFile)
    const whole = await readFile(path)
    const victim = inInbox()[6]
    if (victim === undefined) throw new Error('too few messages')
    // In the From_ line, in a line of ours, in the header, in the text, in the separator.
    for (const at of [3, 60, 200, 400, victim.length - 1].map((within) => victim.offset + within)) {
      for (const changed of [
        [whole.subarray(0, at), Buffer.from('\0'), whole.subarray(at)],
        [whole.subarray(0, at), whole.subarray(at + 1)],
      ]) {
        await writeFile(path, Buffer.concat(changed))
        const report = await verify(vault)
        expect([at, report.sound, blamed(report)]).toEqual([at, false, [victim.head.subject]])
        expect(report.findings.map(({ text }) => text).join()).toContain(
          `${inInbox().length - 7} messages in it are whole but not where`,
        )
      }
    }
  })

  it('is not hidden by a flipped bit in the line that says whether a run is under way', async () => {
    const vault = await copy()
    const info = await readFile(join(vault, 'bag-info.txt'))
    const line = info.indexOf('Lifeboat-State')
    const victim = inInbox()[2]
    await flip(join(vault, inboxFile), (victim?.offset ?? 0) + 20, 1)
    await flip(join(vault, 'manifest-sha256.txt'), 5, 1)
    for (let position = line; position < info.length; position++) {
      await flip(join(vault, 'bag-info.txt'), position, position % 7)
      const report = await verify(vault)
      expect(report.findings.filter(({ kind }) => kind === 'interrupted')).toEqual([])
      expect(report.findings.map(({ path }) => path)).toEqual(expect.arrayContaining(['bag-info.txt', 'manifest-sha256.txt']))
      await writeFile(join(vault, 'bag-info.txt'), info)
    }
  })

  it.each([
    [0, 0.02],
    [0, 0.5],
    [1, 0.1],
    [1, 0.95],
  ])('in a journal is found, blames no message, and loses none in the next backups: journal %i at %f', async (which, share) => {
    const vault = await copy()
    const name = (await filesOf(vault)).filter((file) => file.endsWith('.jsonl'))[which] ?? ''
    await flip(join(vault, name), Math.floor((await stat(join(vault, name))).size * share), 1)
    for (const _ of ['first', 'second']) {
      const report = await verify(vault)
      expect([report.sound, blamed(report)]).toEqual([false, []])
      expect(report.findings.map(({ kind, path: found }) => [kind, found])).toEqual([['damaged', name]])
      const run = await runBackup(vault, sound.account)
      expect(run.accounts[0]?.failure).toBeUndefined()
      expect((await readVault(vault)).live).toEqual(sound.account.contents())
    }
  })

  it('names every message of a mail file that is gone, and those that a truncation took', async () => {
    const vault = await copy()
    await rm(join(vault, inboxFile))
    expect(blamed(await verify(vault))).toEqual(
      inInbox()
        .map(({ head }) => head.subject)
        .sort(),
    )
    const shorter = await copy()
    const cut = inInbox()[10]
    await truncate(join(shorter, inboxFile), (cut?.offset ?? 0) + 10)
    expect(blamed(await verify(shorter))).toEqual(
      inInbox()
        .slice(10)
        .map(({ head }) => head.subject)
        .sort(),
    )
  })

  it.each([
    ['text', -30],
    ['separator', -1],
    ['From_ line', 25],
    ['lines of ours', 190],
  ])('is not painted over by the next backup, which saves new messages all the same: %s', async (_, within) => {
    const vault = await copy()
    const victim = inInbox()[3]
    await flip(join(vault, inboxFile), (victim?.offset ?? 0) + (within < 0 ? (victim?.length ?? 0) : 0) + within, 2)
    const { account } = sound
    const inbox = [...account.mailboxes.keys()][0] ?? ''
    const uid = account.add(inbox, message(200))
    const report = await runBackup(vault, account)
    account.remove(inbox, uid)
    expect(report.accounts[0]?.collections[0]).toMatchObject({ added: 1, pending: 0 })
    const after = await verify(vault)
    expect([after.sound, blamed(after)]).toEqual([false, [victim?.head.subject]])
  })

  it.each([
    'bagit.txt',
    'READ ME FIRST.txt',
    'bag-info.txt',
    'tagmanifest-sha256.txt',
    'manifest-sha256.txt',
    'data/alice/Mail/index.csv',
  ])('is mended by the next backup where nothing original is lost: %s', async (name) => {
    const vault = await copy()
    const path = join(vault, name)
    const harms = [
      () => rm(path),
      ...[0.1, 0.5, 0.95].map((share) => async () => flip(path, Math.floor((await stat(path)).size * share), 0)),
      () => truncate(path, 0),
      () => truncate(path, 30),
      () => appendFile(path, 'x'),
    ]
    for (const harm of harms) {
      await harm()
      expect((await verify(vault)).sound).toBe(false)
      await runBackup(vault, sound.account)
      expect((await verify(vault)).findings).toEqual([])
    }
  })
})
