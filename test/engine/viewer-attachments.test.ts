import { execFileSync } from 'node:child_process'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rebuildViewer, viewerBeside } from '../../src/engine/viewer.ts'
import { DiskViewerFolder } from '../../src/engine/viewer-folder.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { Built } from '../viewer/built.ts'

const quiet = { onProgress: () => undefined }
const { signal } = new AbortController()
const companion = viewerBeside(quiet)

function message(n: number, files: readonly (readonly [name: string, content: string])[]): string {
  const parts = files.map(
    ([name, content]) =>
      `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64')}\r\n`,
  )
  const head = `Message-ID: <${n}@x>\r\nReceived: by x; ${n}\r\nDate: Thu, 07 Mar 2024 10:00:00 +0000\r\nFrom: "Acme/Billing" <billing@example.com>\r\nSubject: Number ${n}\r\n`
  return `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n${parts.join('')}--b--\r\n`
}

async function filled(): Promise<{
  readonly vault: string
  readonly account: MemoryAccount
  readonly inbox: string
  readonly folder: string
}> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  const big = 'x'.repeat(20_000)
  account.add(
    inbox,
    message(1, [
      ['Invoice 1.pdf', '%PDF one'],
      ['page.html', '<html>'],
      ['run.exe', 'MZ'],
      ['noname', 'text'],
    ]),
  )
  account.add(
    inbox,
    message(2, [
      ['Invoice 1.pdf', '%PDF two'],
      ['again.pdf', '%PDF one'],
      ['..\\..\\CON.PDF', '%PDF three'],
      ['large.zip', big],
    ]),
  )
  account.add(
    inbox,
    message(3, [
      ['picture.png', ' \n<svg onload=alert(1)>'],
      ['\u202egpj.a.jpg', 'JFIF'],
      [`${'ä'.repeat(300)}.txt`, 'long'],
      ['x.eml', 'From: a'],
    ]),
  )
  expect((await runBackup(vault, account, { companion })).notices).toEqual([])
  return { vault, account, inbox, folder: join(vault, 'data/alice/Mail/Attachments/2024') }
}

const names = [
  '2024-03-07 Acme_Billing - CON.pdf',
  '2024-03-07 Acme_Billing - Invoice 1 (2).pdf',
  '2024-03-07 Acme_Billing - Invoice 1.pdf',
  '2024-03-07 Acme_Billing - gpj.a.jpg',
  '2024-03-07 Acme_Billing - large.zip',
  `2024-03-07 Acme_Billing - ${'ä'.repeat(38)}`,
]

function findings(vault: string) {
  return verifyVault(vaultOptions(vault), signal, () => undefined).then((report) => report.findings)
}

describe('attachments as ordinary files', () => {
  it('are those that open safely, each content once, under names that are safe everywhere', async () => {
    const { vault, folder } = await filled()
    const there = (await readdir(folder)).sort()
    expect(there).toHaveLength(names.length)
    for (const name of names) expect(there.some((one) => one.startsWith(name))).toBe(true)
    expect(there.every((name) => Buffer.byteLength(name) <= 255 && /\.(pdf|jpg|zip|txt)$/.test(name))).toBe(true)
    expect(await readFile(join(folder, names[2] ?? ''), 'latin1')).toBe('%PDF one')
    expect((await readFile(join(folder, names[4] ?? ''))).length).toBe(20_000)
    expect(execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault }).toString()).toBe('')
    expect(await findings(vault)).toEqual([])
    const data = (await readdir(vault)).find((name) => name.startsWith('viewer-')) ?? ''
    const { details } = await (await Built.open(new DiskViewerFolder(realDisk, join(vault, data)))).mail()
    const files = details.flatMap(({ attachments }) => attachments.map(({ name, file }) => [name, file !== '']))
    expect(Object.fromEntries(files)).toMatchObject({
      'page.html': false,
      'run.exe': false,
      noname: false,
      'again.pdf': true,
      'picture.png': false,
      'x.eml': false,
    })
    expect(details[1]?.attachments[1]?.file).toBe(`data/alice/Mail/Attachments/2024/${names[2]}`)
  })

  it('are made anew when they are missing or damaged, and never touch what others put there', async () => {
    const { vault, folder, account, inbox } = await filled()
    const before = (await readdir(folder)).sort()
    await rm(join(folder, names[0] ?? ''))
    await writeFile(join(folder, names[1] ?? ''), 'changed')
    await writeFile(join(folder, '2024-03-07 Acme_Billing - new.pdf'), 'mine')
    expect((await findings(vault)).map(({ kind }) => kind).sort()).toEqual(['derived', 'derived', 'foreign'])
    await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault) })
    expect((await readdir(folder)).sort()).toEqual([...before, '2024-03-07 Acme_Billing - new.pdf'].sort())
    expect(await readFile(join(folder, names[1] ?? ''), 'latin1')).toBe('%PDF two')
    await writeFile(join(folder, 'half.pdf.lifeboat-tmp'), 'half')
    account.add(inbox, message(4, [['new.pdf', '%PDF new']]))
    await runBackup(vault, account, { companion })
    expect(await readFile(join(folder, '2024-03-07 Acme_Billing - new (2).pdf'), 'latin1')).toBe('%PDF new')
    expect((await findings(vault)).map(({ kind }) => kind)).toEqual(['foreign'])
  })

  it('can be left out, and survive the loss of the manifest', async () => {
    const { vault, folder, account } = await filled()
    const before = (await readdir(folder)).sort()
    await rm(join(vault, 'manifest-sha256.txt'))
    await runBackup(vault, account, { companion })
    expect(await findings(vault)).toEqual([])
    expect((await readdir(folder)).sort()).toEqual(before)
    await rm(join(vault, 'data/alice/Mail/Attachments'), { recursive: true })
    await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault), attachments: false })
    await expect(readdir(folder)).rejects.toThrow(/ENOENT/)
    expect(await findings(vault)).toEqual([])
  })

  it('stay switched off, whoever makes the next backup, until they are wanted again', async () => {
    const { vault, folder, account, inbox } = await filled()
    const without = viewerBeside({ ...quiet, attachments: false })
    account.add(inbox, message(10, [['first.pdf', '%PDF first']]))
    await runBackup(vault, account, { companion: without })
    expect(await readFile(join(vault, 'bag-info.txt'), 'utf8')).toContain('Lifeboat-Attachments: no\n')
    account.add(inbox, message(11, [['second.pdf', '%PDF second']]))
    await runBackup(vault, account, { companion })
    expect((await readdir(folder)).filter((name) => /first|second/.test(name))).toEqual([])
    expect(await findings(vault)).toEqual([])
    await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault), attachments: true })
    expect(await readFile(join(vault, 'bag-info.txt'), 'utf8')).not.toContain('Lifeboat-Attachments')
    expect((await readdir(folder)).filter((name) => /first|second/.test(name))).toHaveLength(2)
    account.add(inbox, message(12, [['third.pdf', '%PDF third']]))
    await runBackup(vault, account, { companion })
    expect((await readdir(folder)).filter((name) => name.includes('third'))).toHaveLength(1)
    expect(await findings(vault)).toEqual([])
  })
})
