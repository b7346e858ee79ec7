import { resolve } from 'node:path'
import { AppError, toAppError } from '../../core/errors.ts'
import type { Account, Context, JsonObject, Provider, Service, Source, TestFinding } from '../../core/types.ts'
import { type Layout, type Mailbox, readLayout, type Unit } from './layout.ts'
import { filePath, listMailbox } from './listing.ts'
import { Locations } from './locations.ts'
import { ArchiveSource } from './source.ts'

/** Beyond this the messages are not counted, so that a test answers within seconds. */
const countLimit = 256 * 1024 * 1024

/** Mail a person already has: Google Takeout, mbox, Maildir, folders of messages. */
export const archive: Provider = {
  id: 'archive',
  name: 'Mail archive (Takeout, mbox, Maildir, .eml)',
  services: ['mail'],

  checkSettings(settings: JsonObject): void {
    readSettings(settings)
  },

  source(account: Account, service: Service, _context: Context): Source {
    if (service !== 'mail') throw new AppError('unsupported', `An archive has no ${service}, only mail.`)
    return new ArchiveSource(readSettings(account.settings).path)
  },

  async *test(account: Account, _context: Context, signal: AbortSignal): AsyncGenerator<TestFinding> {
    try {
      const { path } = readSettings(account.settings)
      const layout = await readLayout(path, signal)
      try {
        yield* findings(layout, path, signal)
      } finally {
        for (const tree of layout.trees) tree.close()
      }
    } catch (error) {
      signal.throwIfAborted()
      const { code, message, advice } = toAppError(error)
      yield { ok: false, text: advice === undefined ? message : `${message} ${advice}`, code }
    }
  },
}

interface Settings {
  readonly path: string
}

function readSettings({ path }: JsonObject): Settings {
  if (typeof path !== 'string' || path.trim() === '') {
    throw new AppError('usage', 'The setting “path” is missing: the folder, mbox file or Takeout zip to read.')
  }
  if (path.includes('\0')) throw new AppError('usage', 'The setting “path” holds a character that no path can have.')
  return { path: resolve(path) }
}

const formatNames: Readonly<Record<Unit['kind'], string>> = {
  mbox: 'in mbox format',
  maildir: 'in Maildir format',
  messages: 'in files of one message each',
}

async function* findings({ mailboxes, otherFiles }: Layout, path: string, signal: AbortSignal): AsyncGenerator<TestFinding> {
  const readable = [...mailboxes.values()].filter(({ skipped }) => skipped === undefined)
  for (const kind of ['mbox', 'maildir', 'messages'] as const) {
    const alike = readable.filter(({ units }) => units.some((unit) => unit.kind === kind))
    if (alike.length > 0) yield* describe(alike, kind, signal)
  }
  if (readable.length === 0) yield { ok: false, text: `No mail was found in ${path}.`, code: 'not-found' }
  for (const { path: names, skipped } of mailboxes.values()) {
    if (skipped !== undefined) yield { ok: false, text: `${names.join('/')}: ${skipped}`, code: 'unsupported' }
  }
  if (otherFiles > 0)
    yield { ok: true, text: `${plural(otherFiles, 'file that is', 'files that are')} not mail will be left out.` }
}

async function* describe(mailboxes: readonly Mailbox[], kind: Unit['kind'], signal: AbortSignal): AsyncGenerator<TestFinding> {
  const narrowed = mailboxes.map((mailbox) => ({ ...mailbox, units: mailbox.units.filter((unit) => unit.kind === kind) }))
  const folders = plural(narrowed.length, 'folder', 'folders')
  const size = kind === 'mbox' ? await sizeOf(narrowed) : 0
  if (size > countLimit) {
    yield { ok: true, text: `Found ${folders} with ${(size / 1e9).toFixed(1)} GB ${formatNames[kind]}.` }
    return
  }
  let messages = 0
  const failed: TestFinding[] = []
  for (const mailbox of narrowed) {
    if (kind !== 'mbox') messages += mailbox.units.reduce((sum, { names }) => sum + names.length, 0)
    else {
      for await (const listed of listMailbox(mailbox, new Locations(), signal)) {
        if ('error' in listed) {
          const { code, message } = listed.error
          failed.push({ ok: false, text: `${mailbox.path.join('/')}: ${message}`, code })
        } else messages++
      }
    }
  }
  yield { ok: true, text: `Found ${folders} with ${plural(messages, 'message', 'messages')} ${formatNames[kind]}.` }
  yield* failed
}

async function sizeOf(mailboxes: readonly Mailbox[]): Promise<number> {
  let sum = 0
  for (const unit of mailboxes.flatMap(({ units }) => units)) {
    for (const name of unit.names) {
      const facts = await unit.tree.facts(filePath(unit, name)).catch(() => null)
      sum += facts?.size ?? 0
    }
  }
  return sum
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
