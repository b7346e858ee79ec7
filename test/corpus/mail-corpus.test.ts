/** Real and hostile mail goes into a vault and comes out again: through the archive provider, and through Dovecot. */
import { execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Provider } from '../../src/core/provider.ts'
import { providers } from '../../src/providers/registry.ts'
import { mainFile } from '../cli/command.ts'
import { type CorpusFile, corpus, corpusMissing, describeUnless, describeWithCorpus } from '../fixtures/corpus.ts'
import { sha256, testContext } from '../fixtures/memory-account.ts'
import { patience } from '../fixtures/patience.ts'
import { readVault, runProvider, scratchFolder } from '../fixtures/vaults.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'

interface Message {
  readonly name: string
  readonly bytes: Buffer
}

async function provider(id: string): Promise<Provider> {
  const found = await providers[id]?.()
  if (found === undefined) throw new Error(`no provider ${id}`)
  return found
}

function mailCorpus(): Message[] {
  return corpus('mail').map((file) => ({ name: file.name, bytes: Buffer.from(file.bytes()) }))
}

/**
 * What an mbox file holds, by rules of our own that fit these files: a message begins at a `From ` line with a time of day,
 * or nothing but `-` or a number `@xxx` after it; the empty line before that line is the file's; one `>` before `From ` is quoting.
 */
function splitMbox(file: CorpusFile): Message[] {
  const all = Buffer.from(file.bytes())
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .replace(/^[\r\n]+/, '')
  const starts = [...all.matchAll(/^From (?:- ?|\d+@xxx|.*\d:\d\d.*)\r?\n/gm)]
  return starts.map((start, n) => {
    const stored = all.slice(start.index + start[0].length, starts[n + 1]?.index ?? all.length)
    const message = stored.replace(/(^|\n)\r?\n$/, '$1').replace(/^>(>*From )/gm, '$1')
    return { name: `${file.name} #${n + 1}`, bytes: Buffer.from(message, 'latin1') }
  })
}

function sums(messages: readonly Message[]): string[] {
  return messages.map(({ bytes }) => sha256(bytes)).sort()
}

async function throughArchive(path: string): Promise<Record<string, string[]>> {
  const vault = join(await scratchFolder(), 'vault')
  const account = { id: 'alice', provider: 'archive', services: ['mail'], settings: { path } } as const
  const report = await runProvider(vault, account, await provider('archive'))
  expect(report.accounts[0]?.failure).toBeUndefined()
  expect(report.accounts[0]?.pending).toEqual([])
  return (await readVault(vault)).live
}

describeWithCorpus('the corpus through the archive provider', () => {
  it('every file of the mail corpus is in the vault octet for octet', async () => {
    const live = await throughArchive(dirname(corpus('mail')[0]?.path ?? ''))
    expect(live).toEqual({ mail: sums(mailCorpus()) })
    expect(live['mail']?.length).toBeGreaterThan(600)
  })

  it('every message of every mbox file is in the vault octet for octet', async () => {
    const files = corpus('mbox')
    const live = await throughArchive(dirname(files[0]?.path ?? ''))
    const expected = files.map((file) => [file.name.replace(/\.mbox(?:\.txt)?$/, ''), sums(splitMbox(file))])
    expect(live).toEqual(Object.fromEntries(expected))
    expect(Object.values(live).flat().length).toBeGreaterThan(200)
  })
})

describeUnless(corpusMissing() ?? dovecotMissing(), 'the corpus through Dovecot', () => {
  let dovecot: Dovecot
  beforeAll(async () => {
    dovecot = await startDovecot()
  })
  afterAll(() => dovecot.stop())

  it('what the server took is in the vault as the server serves it', async () => {
    const folders = { INBOX: mailCorpus(), Mbox: corpus('mbox').flatMap(splitMbox) }
    const client = await dovecot.admin()
    await client.mailboxCreate('Mbox')
    const refused: string[] = []
    for (const [folder, messages] of Object.entries(folders)) {
      for (const { name, bytes } of messages) {
        const reason = await client.append(folder, bytes).then(
          (answer) => (answer === false ? 'no reason' : null),
          (error: unknown) => refusal(error),
        )
        if (reason === null) continue
        refused.push(`${name}: ${reason}`)
        expect(bytes.length === 0 || bytes.includes(0), `${name} is empty or holds a NUL`).toBe(true)
      }
    }
    console.info(`Dovecot refused ${refused.length} messages of the corpus:\n${refused.join('\n')}`)
    const served = await servedBy(dovecot, Object.keys(folders))
    expect(Object.values(served).flat()).toHaveLength(Object.values(folders).flat().length - refused.length)

    const vault = join(await scratchFolder(), 'vault')
    const { host, port, user } = dovecot
    const settings = { host, port, user, security: 'none' }
    const account = { id: 'alice', provider: 'imap', services: ['mail'], settings } as const
    const context = { ...testContext, secret: async () => dovecot.password }
    const report = await runProvider(vault, account, await provider('imap'), { context })
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(report.accounts[0]?.pending).toEqual([])
    const { INBOX: Inbox, ...others } = served
    expect((await readVault(vault)).live).toEqual({ Inbox, ...others })
    expectKnownChangesOnly(Object.values(folders).flat(), Object.values(served).flat())
  })
})

/** Dovecot makes every line end a CRLF, and changes more in messages with a NUL or with CR CR LF. */
function expectKnownChangesOnly(appended: readonly Message[], served: readonly string[]): void {
  const original = new Set(sums(appended))
  const odd = appended.filter(({ bytes }) => bytes.includes(0) || bytes.includes('\r\r\n'))
  console.info(
    `${served.filter((sum) => original.has(sum)).length} of ${served.length} messages are served as they were appended, ` +
      `the others with CRLF; changed by the server are ${odd.map(({ name }) => name).join(', ')}.`,
  )
  const withCrlf = new Set(sums(appended.map(({ name, bytes }) => ({ name, bytes: withCrlfOnly(bytes) }))))
  expect(served.filter((sum) => !withCrlf.has(sum))).toHaveLength(odd.length)
}

function withCrlfOnly(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}

function refusal(error: unknown): string {
  const { responseText, message } = error as { responseText?: string; message?: string }
  return responseText ?? message ?? String(error)
}

function servedBy({ host, port, user, password }: Dovecot, folders: readonly string[]): Promise<Record<string, string[]>> {
  const script = fileURLToPath(new URL('imap_hashes.py', import.meta.url))
  return new Promise((resolve, reject) => {
    const child = execFile('python3', [script, host, String(port), user, ...folders], { maxBuffer: 1 << 26 }, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout) as Record<string, string[]>),
    )
    child.stdin?.end(`${password}\n`)
  })
}

interface Usage {
  readonly seconds: number
  /** Peak, in octets. */
  readonly memory: number
  readonly exitCode: number | null
  readonly stdout: Buffer
}

/** Peak of a whole process, in octets: what no run of ours may exceed, whatever it reads. */
const memoryLimit = 200_000_000
const secondsLimit = patience / 1000

describeWithCorpus('the nasty ones of the corpus', () => {
  it.each([
    ['mail', 'MimeKit__stack-overflow.txt', 'message.eml'],
    ['mail', 'mailparser__outofmemory.eml', 'message.eml'],
    ['mail', 'mailparser__htmllargecallstack.eml', 'message.eml'],
    ['mail', 'postal-mime__mimetorture.eml', 'message.eml'],
    ['mail', 'rspamd__dkim_huge_hlist.eml', 'message.eml'],
    ['mbox', 'MimeKit__unmunged.mbox.txt', 'Mail.mbox'],
  ] as const)('%s/%s takes bounded time and memory', async (kind, name, as) => {
    const file = find(kind, name)
    const usage = await useWholeCommand(file, as)
    for (const [step, { seconds, memory, exitCode }] of Object.entries(usage)) {
      expect(exitCode, step).toBe(0)
      expect(seconds, step).toBeLessThan(secondsLimit)
      expect(memory, step).toBeLessThan(memoryLimit)
    }
    const steps = Object.values(usage)
    const [peak, longest] = [Math.max(...steps.map(({ memory }) => memory)), Math.max(...steps.map(({ seconds }) => seconds))]
    console.info(`${name}: at most ${Math.round(peak / 1e6)} MB and ${longest.toFixed(1)} s`)
    const originals = kind === 'mbox' ? splitMbox(file).map(({ bytes }) => bytes) : [Buffer.from(file.bytes())]
    expect(originals.map((bytes) => sha256(bytes))).toContain(sha256(usage['show --raw']?.stdout ?? Buffer.alloc(0)))
  })
})

function find(kind: 'mail' | 'mbox', name: string): CorpusFile {
  const file = corpus(kind).find((candidate) => candidate.name === name)
  if (file === undefined) throw new Error(`${name} is not in the corpus`)
  return file
}

/** Everything the command does with a message, each in a process of its own. */
async function useWholeCommand(file: CorpusFile, as: string): Promise<Record<string, Usage>> {
  const scratch = await scratchFolder()
  const [mail, vault] = [join(scratch, 'mail'), join(scratch, 'vault')]
  mkdirSync(mail)
  copyFileSync(file.path, join(mail, as))
  const usage: Record<string, Usage> = {}
  const step = async (name: string, ...args: string[]): Promise<void> => {
    usage[name] = await measured(scratch, args)
  }
  await step('account add', 'account', 'add', 'archive', '--id', 'old', '--path', mail)
  await step('backup', 'backup', '--vault', vault, '--json')
  await step('verify', 'verify', '--vault', vault, '--json')
  await step('list', 'list', '--vault', vault, '--json')
  const [first] = (await readVault(vault, 'old')).items
  await step('show', 'show', '--vault', vault, first?.sha256 ?? '')
  await step('show --raw', 'show', '--vault', vault, first?.sha256 ?? '', '--raw')
  return usage
}

async function measured(home: string, args: readonly string[]): Promise<Usage> {
  const report = join(home, 'usage.json')
  const script = fileURLToPath(new URL('measure.py', import.meta.url))
  const child = spawn('python3', [script, report, String(secondsLimit), process.execPath, mainFile, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: '', LIFEBOAT_HOME: join(home, 'home') },
  })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  const errors = text(child.stderr)
  await new Promise((resolve) => child.on('close', resolve))
  const used = JSON.parse(readFileSync(report, 'utf8')) as Omit<Usage, 'stdout'>
  if (used.exitCode !== 0) console.warn(`lifeboat ${args.join(' ')} ended with ${used.exitCode}: ${await errors}`)
  return { ...used, stdout: Buffer.concat(parts) }
}
