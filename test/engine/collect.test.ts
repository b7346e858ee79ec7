import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CollectOptions, collect } from '../../src/engine/collect.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

function withAttachment(n: number, fileName: string, content: string, from = 'Bank <bank@example.com>'): Buffer {
  const lines = [
    `From: ${from}`,
    'To: alice@example.com',
    `Subject: Statement ${n}`,
    `Message-ID: <${n}@example.com>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the attachment.',
    '--b',
    'Content-Type: application/octet-stream',
    `Content-Disposition: attachment; filename="${fileName}"`,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(content).toString('base64'),
    '--b--',
    '',
  ]
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

const hostile = [
  '../../.bashrc',
  'C:\\\\Windows\\\\x.exe',
  'invoice\u202efdp.exe',
  'CON',
  'a\0b.pdf',
  '=?UTF-8?Q?=E2=80=AEgpj.exe?=',
  'gr\xfc\xdfe.pdf',
  '..',
  `${'x'.repeat(400)}.pdf`,
  'trailing. ',
  'a:b*c?.txt',
]

async function sample(): Promise<string> {
  const vault = await scratchFolder()
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  account.add(inbox, withAttachment(1, 'statement.pdf', 'January'), [], '2025-01-31T12:00:00.000Z')
  account.add(inbox, withAttachment(2, 'statement.pdf', 'February'), [], '2025-01-31T12:00:00.000Z')
  account.add(inbox, withAttachment(3, 'statement.pdf', 'January'), [], '2025-01-31T12:00:00.000Z')
  account.add(inbox, withAttachment(4, 'table.XLSX', 'numbers', 'Bob <bob@example.com>'), [], '2024-06-01T12:00:00.000Z')
  account.add(inbox, 'Subject: no attachment\r\n\r\nx\r\n')
  await runBackup(vault, account)
  return vault
}

function run(vault: string, out: string, choice: Partial<CollectOptions> = {}) {
  return collect({ vault: vaultOptions(vault), out, signal: new AbortController().signal, onProgress: () => {}, ...choice })
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

describe('collect', () => {
  test('puts each content once into clear folders, and says of each place where it was found', async () => {
    const out = join(await scratchFolder(), 'out')
    const report = await run(await sample(), out)
    expect(report).toMatchObject({ written: 3, found: 4, alreadyThere: 0, leftOut: [], stopped: false })
    expect(filesBelow(out)).toEqual([
      'alice/Mail/2024/2024-06-01 Bob - table.XLSX',
      'alice/Mail/2025/2025-01-31 Bank - statement (2).pdf',
      'alice/Mail/2025/2025-01-31 Bank - statement.pdf',
      'contents.csv',
    ])
    const table = readFileSync(join(out, 'contents.csv'), 'utf8')
    expect(table.split('\r\n').filter((line) => line.includes('statement.pdf'))).toHaveLength(3)
    expect(table).toContain(sha256(Buffer.from('February')))
    expect(table).toContain('<2@example.com>')
  })

  test('takes only what was asked for', async () => {
    const vault = await sample()
    const names = async (choice: Partial<CollectOptions>) => {
      const out = join(await scratchFolder(), 'out')
      await run(vault, out, choice)
      return filesBelow(out).filter((name) => name !== 'contents.csv')
    }
    expect(await names({ year: 2024 })).toEqual(['alice/Mail/2024/2024-06-01 Bob - table.XLSX'])
    expect(await names({ types: ['xlsx'] })).toEqual(['alice/Mail/2024/2024-06-01 Bob - table.XLSX'])
    expect(await names({ from: 'BANK@' })).toHaveLength(2)
    expect(await names({ search: 'statement 4 table' })).toEqual(['alice/Mail/2024/2024-06-01 Bob - table.XLSX'])
    expect(await names({ year: 2024, messages: true })).toEqual([
      'alice/Mail/2024/2024-06-01 Bob - table.XLSX',
      'alice/Messages/2024/2024-06-01 Bob - Statement 4.eml',
    ])
    await expect(names({ account: 'nobody' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('says how many files of drives a sender leaves out', async () => {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    account.add(account.addMailbox(['Inbox'], 'inbox'), withAttachment(1, 'statement.pdf', 'January'))
    const drive = account.shelves.add('files', ['My Drive'])
    for (const name of ['plan.pdf', 'old plan.pdf', 'picture.jpg']) account.shelves.file(drive, name, name)
    await runBackup(vault, account, { services: ['mail', 'files'] })
    const counts = async (choice: Partial<CollectOptions>) => {
      const { written, withoutSender } = await run(vault, join(await scratchFolder(), 'out'), choice)
      return { written, withoutSender }
    }
    expect(await counts({ from: 'bank' })).toEqual({ written: 1, withoutSender: 3 })
    expect(await counts({ from: 'bank', types: ['pdf'] })).toEqual({ written: 1, withoutSender: 2 })
    expect(await counts({})).toEqual({ written: 4, withoutSender: 0 })
  })

  test('takes photos that a program calls inline, and leaves out only what the text shows', async () => {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    const part = (name: string, contentId: string, content: string) => [
      '--b',
      'Content-Type: image/jpeg',
      `Content-Disposition: inline; filename="${name}"`,
      `Content-ID: <${contentId}>`,
      '',
      content,
    ]
    const lines = [
      ...[
        'From: Bob <bob@example.com>',
        'Subject: Receipts',
        'MIME-Version: 1.0',
        'Content-Type: multipart/related; boundary=b',
        '',
      ],
      ...['--b', 'Content-Type: text/html', '', '<p>Here <img src="cid:logo@x"></p><img src="cid:large@x">'],
      ...part('logo.jpg', 'logo@x', 'small'),
      ...part('receipt.jpg', 'receipt@x', 'receipt'),
      ...part('photo.jpg', 'large@x', 'x'.repeat(300_000)),
      ...['--b--', ''],
    ]
    account.add(account.addMailbox(['Inbox'], 'inbox'), lines.join('\r\n'))
    await runBackup(vault, account)
    const taken = async (choice: Partial<CollectOptions>) => {
      const out = join(await scratchFolder(), 'out')
      const { written, inlinePictures } = await run(vault, out, choice)
      const names = filesBelow(out).flatMap((name) => / - (.*)$/.exec(name)?.[1] ?? [])
      return { written, inlinePictures, names }
    }
    expect(await taken({})).toEqual({ written: 2, inlinePictures: 1, names: ['photo.jpg', 'receipt.jpg'] })
    expect(await taken({ types: ['jpg'] })).toEqual({
      written: 3,
      inlinePictures: 0,
      names: ['logo.jpg', 'photo.jpg', 'receipt.jpg'],
    })
  })

  test('says the day in the time in which it says the year', async () => {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    const late = withAttachment(1, 'statement.pdf', 'January')
    account.add(account.addMailbox(['Inbox'], 'inbox'), late, [], '2024-12-31T23:30:00.000Z')
    await runBackup(vault, account)
    const before = process.env.TZ
    process.env.TZ = 'Europe/Berlin'
    try {
      const out = join(await scratchFolder(), 'out')
      expect(await run(vault, out, { year: 2024 })).toMatchObject({ written: 0 })
      expect(await run(vault, out, { year: 2025 })).toMatchObject({ written: 1 })
      expect(readdirSync(join(out, 'alice/Mail'))).toEqual(['2025'])
      expect(readdirSync(join(out, 'alice/Mail/2025'))).toEqual(['2025-01-01 Bank - statement.pdf'])
    } finally {
      process.env.TZ = before
      if (before === undefined) delete process.env.TZ
    }
  })

  test('names what cannot be had, and takes the rest', async () => {
    const vault = await sample()
    const mbox = join(vault, 'data/alice/Mail/Inbox/2025.mbox')
    writeFileSync(mbox, readFileSync(mbox, 'latin1').replace('Subject: Statement 2', 'Subject: Statement 7'), 'latin1')
    const report = await run(vault, join(await scratchFolder(), 'out'))
    expect(report).toMatchObject({ written: 2, found: 3 })
    expect(report.leftOut).toEqual([
      { account: 'alice', collection: ['Inbox'], title: 'Statement 2', reason: expect.stringContaining('is not what was saved') },
    ])
  })

  test('never overwrites, and adds nothing twice', async () => {
    const vault = await sample()
    const out = join(await scratchFolder(), 'out')
    const mine = join(out, 'alice/Mail/2024/2024-06-01 Bob - table.XLSX')
    mkdirSync(dirname(mine), { recursive: true })
    writeFileSync(mine, 'mine')
    await run(vault, out)
    expect(readFileSync(mine, 'utf8')).toBe('mine')
    const files = filesBelow(out)
    expect(files).toContain('alice/Mail/2024/2024-06-01 Bob - table (2).XLSX')
    const again = await run(vault, out)
    expect(again).toMatchObject({ written: 0, alreadyThere: 3 })
    expect(filesBelow(out).filter((name) => !name.startsWith('contents'))).toEqual(
      files.filter((name) => !name.startsWith('contents')),
    )
    expect(filesBelow(out).filter((name) => name.startsWith('contents'))).toHaveLength(2)
  })

  test('names from mail cannot leave the folder, hide, or take each other’s place', async () => {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    for (const [n, name] of hostile.entries())
      account.add(
        inbox,
        withAttachment(n, name, `content ${n}`, `"../../${name.slice(0, 20)}" <x@example.com>`),
        [],
        '2025-01-31T12:00:00.000Z',
      )
    await runBackup(vault, account)
    const above = await scratchFolder()
    const out = join(above, 'out')
    const report = await run(vault, out)
    expect(report).toMatchObject({ written: hostile.length, leftOut: [] })
    expect(readdirSync(above)).toEqual(['out'])
    expect(existsSync(join(above, '.bashrc'))).toBe(false)
    const files = filesBelow(out).filter((name) => name !== 'contents.csv')
    expect(files).toHaveLength(hostile.length)
    for (const name of files) {
      expect(name).toMatch(/^alice\/Mail\/2025\/[^/]+$/)
      expect(name).not.toMatch(/[\u202a-\u202e\0<>:"|?*\\]/)
      expect(Buffer.byteLength(name.split('/').at(-1) ?? '')).toBeLessThanOrEqual(130)
    }
    expect(files.map((name) => readFileSync(join(out, name), 'utf8')).sort()).toEqual(
      hostile.map((_, n) => `content ${n}`).sort(),
    )
  })
})
