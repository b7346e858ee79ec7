/** Programs that were there before us open our mbox files: the same number of messages, the same content, the same flags. */
import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { patience } from '../fixtures/patience.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { isInstalled } from '../servers/installed.ts'

const run = promisify(execFile)

interface Sample {
  readonly name: string
  readonly original: Buffer
  readonly flags: readonly string[]
}

/** What a reader shows of a message. */
interface Shown {
  readonly octets: Buffer
  readonly flags: readonly string[]
}

const flagSets = [[], ['\\Seen'], ['\\Answered', '\\Seen'], ['\\Flagged'], ['\\Deleted', '\\Seen'], ['\\Draft', '\\Seen']]

const handMade: readonly string[] = [
  'From: a@example.com\r\nSubject: From lines\r\n\r\nFrom me\r\n\r\nFrom you\r\n>From her\r\n',
  'From: a@example.com\nSubject: bare LF\n\nFrom me\n\n\n',
  'From: a@example.com\r\nSubject: no line end\r\n\r\nlast line',
  'From: a@example.com\r\nSubject: no body\r\n\r\n',
  'Subject: quoted header line\r\n>From me\r\n\r\nFrom\r\n',
  '\r\nno header\r\n',
]

const samples: readonly Sample[] = [
  ...handMade.map((text, n) => ({ name: `hand-made ${n}`, original: Buffer.from(text) })),
  ...corpus('mail').map((file) => ({ name: file.name, original: Buffer.from(file.bytes()) })),
].map((sample, n) => ({ ...sample, flags: flagSets[n % flagSets.length] ?? [] }))

/** An mbox file with all of them. The account numbers its messages from 1; the file may have another order. */
async function mboxFile(): Promise<string> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  for (const { original, flags } of samples) account.add(inbox, original, [...flags])
  await runBackup(vault, account)
  return join(vault, 'data/alice/Mail/Inbox/2025.mbox')
}

/** Readers show our header line like any other. */
function numberOf(message: Buffer): number {
  return Number(/^X-Lifeboat: .*; id=1\.(\d+)\r?$/m.exec(message.toString('latin1'))?.[1])
}

const field = /[!-9;-~]+:.*(?:\n|$)(?:[ \t]+.*(?:\n|$))*/
const header = new RegExp(`^(?:${field.source})*`)
/** Fields that mbox readers keep for themselves, remove or count anew; and ours. */
const housekeeping = /^(?:x-lifeboat|status|x-status|x-keywords|x-uid|x-imap|x-imapbase|content-length|lines):/i

/** A message that is malformed at the very beginning or in its header: readers find different ends of the header. */
function isMalformed(text: string): boolean {
  return !new RegExp(`${header.source}(?:\n|$)`).test(text)
}

/**
 * What every reader shows: LF line ends, no housekeeping fields, 0x80 for NUL (IMAP cannot carry it), and no difference in how
 * many line ends close the message. Of a malformed message, the lines without the empty ones.
 */
function shownOf(message: string, malformed: boolean): string {
  if (malformed)
    return message
      .replace(/^(?:content-length|lines): \d+\n/gim, '')
      .replace(/\n+/g, '\n')
      .replace(/^\n|\n$/g, '')
  const fields = (header.exec(message)?.[0] ?? '').split(/\n(?![ \t])/)
  const body = message.slice(header.exec(message)?.[0].length)
  return [...fields.filter((text) => text !== '' && !housekeeping.test(text)), body].join('\n').replace(/\n+$/, '')
}

function text(octets: Buffer): string {
  return octets.toString('latin1').replaceAll('\r\n', '\n').replaceAll('\0', '\x80')
}

/** Without our lines, which come first. */
function withoutOurs(message: string): string {
  return message.replace(/^(?:(?:X-Lifeboat|Status|X-Status|X-Keywords): .*\n)*/, '')
}

/** Mbox readers take a line break and white space at the beginning of a message for a part of our last line. */
function continuesOurs({ original }: Sample): boolean {
  return /^[ \t]/.test(original.toString('latin1', 0, 1))
}

/** Two `Status` lines: which one counts is up to the reader. */
function hasOwnStatus({ original }: Sample): boolean {
  return /^(?:x-)?status[ \t]*:/im.test(header.exec(text(original))?.[0] ?? '')
}

/** A line for each message that is missing or shown otherwise, none when all is well. */
function differences(shown: readonly Shown[], knownFlags: readonly string[]): string[] {
  const byNumber = new Map(shown.map((message) => [numberOf(message.octets), message]))
  return samples.flatMap((sample, n) => {
    const found = byNumber.get(n + 1)
    if (found === undefined) return [`${sample.name} is missing`]
    if (continuesOurs(sample)) return []
    const original = text(sample.original)
    const malformed = isMalformed(original)
    // They do not unquote: that is for those who know mboxrd.
    const expected = shownOf(original.replace(/^(>*From )/gm, '>$1'), malformed)
    const actual = shownOf(withoutOurs(text(found.octets)), malformed)
    const flags = sample.flags.filter((flag) => knownFlags.includes(flag)).join(' ')
    const problems: string[] = []
    if (actual !== expected) problems.push(`${sample.name}: ${JSON.stringify(firstDifference(expected, actual))}`)
    if (!hasOwnStatus(sample) && found.flags.join(' ') !== flags)
      problems.push(`${sample.name}: ${flags} became ${found.flags.join(' ')}`)
    return problems
  })
}

function firstDifference(expected: string, actual: string): { expected: string; actual: string } {
  let at = 0
  while (expected[at] === actual[at]) at++
  const around = (all: string) => all.slice(Math.max(0, at - 40), at + 40)
  return { expected: around(expected), actual: around(actual) }
}

describe('an mbox file of ours in other programs', () => {
  it('is the same in Python’s mailbox', async () => {
    const script = fileURLToPath(new URL('mailbox_reader.py', import.meta.url))
    const { stdout } = await run('python3', [script, await mboxFile()], { maxBuffer: 1 << 26 })
    const letters: Readonly<Record<string, string>> = {
      R: '\\Seen',
      A: '\\Answered',
      F: '\\Flagged',
      T: '\\Draft',
      D: '\\Deleted',
    }
    const shown = (JSON.parse(stdout) as { octets: string; flags: string }[]).map(({ octets, flags }) => ({
      octets: Buffer.from(octets, 'base64'),
      flags: flagsOf(flags, letters),
    }))
    expect(shown).toHaveLength(samples.length)
    expect(differences(shown, ['\\Seen', '\\Answered', '\\Flagged', '\\Draft', '\\Deleted'])).toEqual([])
  })

  describeUnless(['mutt', 'script'].every(isInstalled) ? null : 'mutt or script is not installed', 'mutt', () => {
    it('shows the same', async () => {
      const shown = await readWithMutt(await mboxFile())
      expect(shown).toHaveLength(samples.length)
      // It has no drafts, and a copy of a deleted message is not deleted.
      expect(differences(shown, ['\\Seen', '\\Answered', '\\Flagged'])).toEqual([])
    })
  })

  describeUnless(dovecotMissing(), 'Dovecot', () => {
    let dovecot: Dovecot
    beforeAll(async () => {
      dovecot = await startDovecot({ mailLocation: 'mbox:~/mail:INBOX=~/inbox' })
    })
    afterAll(() => dovecot.stop())

    it('shows the same', async () => {
      const inbox = join(dovecot.home(), 'inbox')
      copyFileSync(await mboxFile(), inbox)
      // It would write its own header lines into a file that it may change.
      chmodSync(inbox, 0o444)
      const client = await dovecot.admin()
      const shown: Shown[] = []
      expect((await client.mailboxOpen('INBOX', { readOnly: true })).exists).toBe(samples.length)
      for await (const { source, flags } of client.fetch('1:*', { source: true, flags: true }))
        if (source) shown.push({ octets: source, flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort() })
      expect(shown).toHaveLength(samples.length)
      expect(differences(shown, ['\\Seen', '\\Answered', '\\Flagged', '\\Draft', '\\Deleted'])).toEqual([])
    })
  })
})

function flagsOf(letters: string, meanings: Readonly<Record<string, string>>): string[] {
  return [...letters].flatMap((letter) => meanings[letter] ?? []).sort()
}

/** Has mutt copy every message, as it sees it, into a Maildir, whose file names state the flags. */
async function readWithMutt(mbox: string): Promise<Shown[]> {
  const scratch = await scratchFolder()
  const copy = join(scratch, 'copy')
  const settings = [
    'set mbox_type=maildir sort=mailbox-order auto_tag=yes sleep_time=0',
    'set confirmcreate=no confirmappend=no copy=no move=no quit=yes delete=no',
    `push "<tag-pattern>~A<enter><tag-prefix><copy-message>${copy}<enter><exit>"`,
  ]
  writeFileSync(join(scratch, 'muttrc'), `${settings.join('\n')}\n`)
  // `script` gives it the terminal that it insists on. Its input stays open: at the end it would send ^D, which is a command.
  await run('script', ['-qec', `mutt -n -F '${scratch}/muttrc' -R -f '${mbox}'`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm' },
    timeout: patience,
  })
  return readdirSync(join(copy, 'cur')).map((name) => ({
    octets: readFileSync(join(copy, 'cur', name)),
    flags: flagsOf(/:2,(\w*)$/.exec(name)?.[1] ?? '', { S: '\\Seen', R: '\\Answered', F: '\\Flagged' }),
  }))
}
