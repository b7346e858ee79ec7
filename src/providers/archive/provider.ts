import { resolve } from 'node:path'
import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, assertNever, toAppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Provider, TestFinding } from '../../core/provider.ts'
import type { Source } from '../../core/source.ts'
import { FilesSource } from './files-source.ts'
import { readPieces } from './item-files.ts'
import { ItemsSource } from './items-source.ts'
import type { ArchiveSettings, Drive, ItemFiles, Layout, Mailbox, Unit } from './layout.ts'
import { filePath, listMailbox } from './listing.ts'
import { Locations } from './locations.ts'
import { OpenArchive } from './open-archive.ts'
import { readLayout } from './read-layout.ts'
import { ArchiveSource } from './source.ts'
import { FolderTarget } from './target.ts'
import { readError } from './tree.ts'

/** Beyond this the messages are not counted, so that a test answers within seconds. */
const countLimit = 256 * 1024 * 1024

/** What a person already has: an export of Google (Takeout) or Apple, mail in files, contacts, calendars, folders. */
export const archive: Provider = {
  id: 'archive',
  name: 'Archive (Takeout, mail in files, .vcf, .ics, folders)',
  services: ['mail', 'contacts', 'calendar', 'files'],

  checkSettings(settings: JsonObject): void {
    readSettings(settings)
  },

  source(account: Account, service: Service, _context: Context): Source {
    const opened = new OpenArchive(readSettings(account.settings), account.services)
    switch (service) {
      case 'mail':
        return new ArchiveSource(opened)
      case 'contacts':
      case 'calendar':
        return new ItemsSource(service, opened)
      case 'files':
        return new FilesSource(opened)
      default:
        return assertNever(service)
    }
  },

  target: (account, service, context, options) => new FolderTarget(account, service, context.clock.now(), options),

  async *test(account: Account, _context: Context, signal: AbortSignal): AsyncGenerator<TestFinding> {
    try {
      const settings = readSettings(account.settings)
      const layout = await readLayout(settings, account.services, signal)
      try {
        yield* findings(layout, settings.path, account.services, signal)
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

function readSettings({ path, name }: JsonObject): ArchiveSettings {
  if (typeof path !== 'string' || path.trim() === '') {
    throw new AppError('usage', 'The setting “path” is missing: the folder, file or zip to read.')
  }
  if (path.includes('\0')) throw new AppError('usage', 'The setting “path” holds a character that no path can have.')
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '')) {
    throw new AppError('usage', 'The setting “name” must not be empty.')
  }
  return { path: resolve(path), ...(name === undefined ? {} : { name }) }
}

const formatNames: Readonly<Record<Unit['kind'], string>> = {
  mbox: 'in mbox format',
  maildir: 'in Maildir format',
  messages: 'in files of one message each',
}

async function* findings(
  layout: Layout,
  path: string,
  services: readonly Service[],
  signal: AbortSignal,
): AsyncGenerator<TestFinding> {
  const { mailboxes, books, calendars, drives, otherFiles } = layout
  const readable = [...mailboxes.values()].filter(({ skipped }) => skipped === undefined)
  for (const kind of ['mbox', 'maildir', 'messages'] as const) {
    const alike = readable.filter(({ units }) => units.some((unit) => unit.kind === kind))
    if (alike.length > 0) yield* describe(alike, kind, signal)
  }
  yield* describeItems('contacts', [...books.values()], signal)
  yield* describeItems('calendar', [...calendars.values()], signal)
  yield* describeDrives([...drives.values()])
  const isEmpty = [readable.length, books.size, calendars.size, drives.size].every((found) => found === 0)
  if (isEmpty) yield { ok: false, text: `${nothing(services)} was found in ${path}.`, code: 'not-found' }
  for (const { path: names, skipped, advice } of mailboxes.values()) {
    const text = [`${names.join('/')}: ${skipped}`, ...(advice === undefined ? [] : [advice])].join(' ')
    if (skipped !== undefined) yield { ok: false, text, code: 'unsupported' }
  }
  if (otherFiles > 0) yield { ok: true, text: `${plural(otherFiles, 'other file', 'other files')} will be left out.` }
}

function nothing(services: readonly Service[]): string {
  return services.length === 1 && services[0] === 'mail' ? 'No mail' : 'Nothing that can be saved'
}

async function* describeItems(
  service: 'contacts' | 'calendar',
  collections: readonly ItemFiles[],
  signal: AbortSignal,
): AsyncGenerator<TestFinding> {
  if (collections.length === 0) return
  let items = 0
  const failed: TestFinding[] = []
  for (const file of collections.flatMap(({ files }) => files)) {
    signal.throwIfAborted()
    try {
      for await (const _ of readPieces(service, file)) items++
    } catch (error) {
      const { code, message } = readError(error, `The file ${file.file.at(-1)}`)
      failed.push({ ok: false, text: message, code })
    }
  }
  const text =
    service === 'contacts'
      ? `${plural(collections.length, 'address book', 'address books')} with ${plural(items, 'contact', 'contacts')}`
      : `${plural(collections.length, 'calendar', 'calendars')} with ${plural(items, 'entry', 'entries')}`
  yield { ok: true, text: `Found ${text}.` }
  yield* failed
}

function* describeDrives(drives: readonly Drive[]): Generator<TestFinding> {
  for (const { path, files } of drives)
    yield { ok: true, text: `Found ${plural(files.length, 'file', 'files')} in ${path.join('/')}.` }
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
