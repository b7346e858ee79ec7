/** Programs that were there before us open our mbox files: the same number of messages, the same content, the same flags. */
import { execFile, execFileSync } from 'node:child_process'
import { chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { dovecotMissing, startDovecot } from '../servers/dovecot.ts'

interface Sample {
  readonly name: string
  readonly original: Buffer
  readonly flags: readonly string[]
}

/** What a reader shows of a message. */
interface Shown {
  readonly octets: Buffer
  /** Those of `\Seen \Answered \Flagged \Draft \Deleted` that it knows, sorted. */
  readonly flags: readonly string[]
}

const flagSets = [[], ['\\Seen'], ['\\Answered', '\\Seen'], ['\\Flagged'], ['\\Deleted', '\\Seen'], ['\\Draft', '\\Seen']]

const handMade: readonly string[] = [
  'From: a@example.com\r\nSubject: From lines\r\n\r\nFrom me\r\n\r\nFrom you\r\n>From her\r\n',
  'From: a@example.com\nSubject: bare LF\n\nFrom me\n\n\n',
  'From: a@example.com\r\nSubject: no line end\r\n\r\nlast line',
  'From: a@example.com\r\nSubject: no body\r\n\r\n',
]

function samples(): Sample[] {
  const contents = [
    ...handMade.map((text, n) => ({ name: `hand-made ${n}`, original: Buffer.from(text) })),
    ...corpus('mail').map((file) => ({ name: file.name, original: Buffer.from(file.bytes()) })),
  ]
  return contents.map((sample, n) => ({ ...sample, flags: flagSets[n % flagSets.length] ?? [] }))
}

async function mboxOf(messages: readonly Sample[]): Promise<string> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  for (const { original, flags } of messages) account.add(inbox, original, [...flags])
  await runBackup(vault, account)
  return join(vault, 'data/alice/Mail/Inbox/2025.mbox')
}

/** Header fields that mbox readers keep for themselves, ours among them. */
const housekeeping = /^(?:x-lifeboat|status|x-status|x-keywords|x-keyword|x-uid|x-imap|x-imapbase|content-length|lines)[ \t]*:/i

/**
 * What a reader can be expected to show: LF line ends, no housekeeping, `From ` lines quoted (they do not unquote), and
 * no difference in how many line ends the message ends with.
 */
function normal(message: Buffer, quote: boolean): string {
  const lines = message.toString('latin1').replaceAll('\r\n', '\n')
  const text = quote ? lines.replace(/^(>*From )/gm, '>$1') : lines
  const header = /^(?:[!-9;-~]+[ \t]*:.*\n(?:[ \t]+.*(?:\n|$))*)*/.exec(text)?.[0] ?? ''
  const body = text.slice(header.length)
  const fields = header.split(/\n(?![ \t])/).filter((field) => field !== '' && !housekeeping.test(field))
  return [...fields, body.replace(/^\n*/, '\n')].join('\n').replace(/\n+$/, '')
}

function differences(expected: readonly Sample[], shown: readonly Shown[]): string[] {
  const byNumber = new Map(shown.map((message) => [numberOf(message.octets), message]))
  return expected.flatMap(({ name, original, flags }, n) => {
    const found = byNumber.get(n + 1)
    if (found === undefined) return [`${name} is missing`]
    const a = normal(original, true)
    const b = normal(found.octets, false)
    const at = [...a].findIndex((c, i) => c !== b[i])
    return [
      ...(a === b ? [] : [`${name}: ${at} ${JSON.stringify(a.slice(Math.max(0, at - 30), at + 50))} ${JSON.stringify(b.slice(Math.max(0, at - 30), at + 50))}`]),
      ...(JSON.stringify(flags) === JSON.stringify(found.flags) ? [] : [`${name}: ${flags.join()} shown as ${found.flags.join()}`]),
    ]
  })
}

/** The account numbers its messages from 1; readers show our header line like any other. */
function numberOf(message: Buffer): number {
  return Number(/^X-Lifeboat: .*; id=1\.(\d+)\r?$/m.exec(message.toString('latin1'))?.[1])
}

const letters: Readonly<Record<string, string>> = { R: '\\Seen', A: '\\Answered', F: '\\Flagged', T: '\\Draft', D: '\\Deleted' }

describe('our mbox files in other programs', () => {
  it("Python's mailbox", async () => {
    const messages = samples()
    const script = fileURLToPath(new URL('mailbox_reader.py', import.meta.url))
    const { stdout } = await promisify(execFile)('python3', [script, await mboxOf(messages)], { maxBuffer: 1 << 26 })
    const shown = (JSON.parse(stdout) as { octets: string; flags: string }[]).map(({ octets, flags }) => ({
      octets: Buffer.from(octets, 'base64'),
      flags: [...flags].flatMap((letter) => letters[letter] ?? []).sort(),
    }))
    expect(shown).toHaveLength(messages.length)
    expect(differences(messages, shown)).toEqual([])
  })

  it('mutt', async () => {
    const messages = samples()
    const shown = await readWithMutt(await mboxOf(messages))
    expect(shown).toHaveLength(messages.length)
    expect(differences(messages, shown)).toEqual([])
  })

  it('dovecot', async () => {
    const messages = samples()
    const path = await mboxOf(messages)
    const dovecot = await startDovecot({ mailLocation: 'mbox:~/mail:INBOX=~/inbox' })
    try {
      copyFileSync(path, join(dovecot.home(), 'inbox'))
      chownSync(join(dovecot.home(), 'inbox'), 8, 8)
      const client = await dovecot.admin()
      expect((await client.mailboxOpen('INBOX', { readOnly: true })).exists).toBe(messages.length)
      const shown: Shown[] = []
      for await (const { source, flags } of client.fetch('1:*', { source: true, flags: true }))
        if (source) shown.push({ octets: source, flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort() })
      expect(shown).toHaveLength(messages.length)
      expect(differences(messages, shown)).toEqual([])
    } finally {
      await dovecot.stop()
    }
  })
})

async function readWithMutt(mbox: string): Promise<Shown[]> {
  const scratch = await scratchFolder()
  const copy = join(scratch, 'copy')
  writeFileSync(
    join(scratch, 'muttrc'),
    `set mbox_type=maildir sort=mailbox-order auto_tag=yes sleep_time=0
set confirmcreate=no confirmappend=no copy=no move=no quit=yes delete=no
push "<tag-pattern>~A<enter><tag-prefix><copy-message>${copy}<enter><exit>"
`,
  )
  execFileSync('script', ['-qec', `mutt -n -F '${scratch}/muttrc' -R -f '${mbox}'`, '/dev/null'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, TERM: 'xterm' },
    timeout: 30_000,
  })
  const number = (name: string) => Number(/_(\d+)\./.exec(name)?.[1])
  const muttLetters: Readonly<Record<string, string>> = { S: '\\Seen', R: '\\Answered', F: '\\Flagged', D: '\\Draft', T: '\\Deleted' }
  return readdirSync(join(copy, 'cur'))
    .sort((a, b) => number(a) - number(b))
    .map((name) => ({
      octets: readFileSync(join(copy, 'cur', name)),
      flags: [...(/:2,(\w*)$/.exec(name)?.[1] ?? '')].flatMap((letter) => muttLetters[letter] ?? []).sort(),
    }))
}
