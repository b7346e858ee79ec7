/** The mailboxes of an account with their STATUS: one LIST-STATUS (RFC 5819) where the server has it. */
import { specialUse } from 'imapflow/lib/special-use.js'
import { AppError } from '../../core/errors.ts'
import type { Collection, Role } from '../../core/items.ts'
import { Busy, Refusal } from './errors.ts'
import {
  type Answer,
  type Attribute,
  atom,
  bigNumber,
  decodeModifiedUtf7,
  number,
  pairs,
  text,
  textInList,
  texts,
} from './protocol.ts'
import type { Session } from './session.ts'

/** Far beyond any real account; what a server lists beyond it is an attack on memory. */
const maxMailboxes = 20_000
const maxNameOctets = 8 * 1024 * 1024

interface MailboxStatus {
  readonly messages: number | null
  readonly uidnext: number | null
  readonly uidvalidity: string | null
  /** null where the mailbox keeps no mod-sequences. */
  readonly modseq: string | null
  /** OBJECTID (RFC 8474). */
  readonly id: string | null
}

export interface Mailbox {
  /** As the server writes it, e.g. in modified UTF-7. */
  readonly name: string
  readonly collection: Collection
  readonly status: MailboxStatus | null
}

interface Listed {
  readonly name: string
  readonly delimiter: string | null
  /** In lower case. */
  readonly attributes: ReadonlySet<string>
  /** Why the mailbox cannot be read. */
  readonly skipped: string | null
}

/** The mailboxes to read, parents before children. @throws AppError `suspicious` when a server lists without end */
export async function listMailboxes(session: Session): Promise<Mailbox[]> {
  return await describeMailboxes(session, (listed) => chooseMailboxes(session, listed))
}

/** Every mailbox, also those that on Gmail are only labels. */
export async function listAllMailboxes(session: Session): Promise<Mailbox[]> {
  return await describeMailboxes(session, (listed) => listed)
}

async function describeMailboxes(session: Session, choose: (listed: Listed[]) => Listed[]): Promise<Mailbox[]> {
  const { listed, statuses } = await list(session)
  const chosen = choose([...listed.values()])
  const skipped = await completeStatuses(session, chosen, statuses)
  const roles = findRoles(session, chosen)
  const keys = new Set<string>()
  return chosen.sort(byName).map((one) => {
    const status = statuses.get(one.name) ?? null
    const id = status?.id ? `id:${status.id}` : null
    const key = id !== null && !keys.has(id) ? id : one.name
    keys.add(key)
    const collection = describe(session, one, key, status, roles.get(one.name), one.skipped ?? skipped.get(one.name))
    return { name: one.name, status, collection }
  })
}

async function list(session: Session): Promise<{ listed: Map<string, Listed>; statuses: Map<string, MailboxStatus> }> {
  const listed = new Map<string, Listed>()
  const statuses = new Map<string, MailboxStatus>()
  let octets = 0
  const untagged = {
    LIST: (answer: Answer) => {
      const one = readListed(answer)
      octets += one.name.length
      if (listed.size >= maxMailboxes || octets > maxNameOctets) {
        session.kill(new AppError('suspicious', 'The server lists more folders than any mail account has.'))
      } else listed.set(one.name, one)
    },
    STATUS: (answer: Answer) => {
      if (statuses.size < maxMailboxes) statuses.set(readName(answer.attributes?.[0]), readStatus(answer))
    },
  }
  const budget = maxMailboxes * 200
  const everything: Attribute[] = [
    { type: 'STRING', value: '' },
    { type: 'STRING', value: '*' },
  ]
  if (session.has('LIST-STATUS')) {
    const options: Attribute[] = [atom('STATUS'), statusItems(session)]
    if (session.has('SPECIAL-USE') && session.has('LIST-EXTENDED')) options.unshift(atom('SPECIAL-USE'))
    try {
      await session.command('LIST', [...everything, atom('RETURN'), options], { untagged, budget })
      return { listed, statuses }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      listed.clear()
      statuses.clear()
    }
  }
  await session.command('LIST', everything, { untagged, budget })
  return { listed, statuses }
}

function statusItems(session: Session): Attribute[] {
  const items = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY']
  if (session.condstore) items.push('HIGHESTMODSEQ')
  if (session.has('OBJECTID')) items.push('MAILBOXID')
  return items.map(atom)
}

/** On Gmail, folders are labels and every message stands in All Mail, Spam or Trash: only these are read. */
function chooseMailboxes(session: Session, listed: Listed[]): Listed[] {
  if (!session.has('X-GM-EXT-1') || !listed.some(({ attributes }) => attributes.has('\\all'))) return listed
  return listed.filter(({ attributes }) => ['\\all', '\\junk', '\\trash'].some((one) => attributes.has(one)))
}

/** Response codes that speak of the one mailbox, not of the server (RFC 5530). */
const faults: ReadonlySet<string> = new Set(['SERVERBUG', 'INUSE'])

/** Asks one by one for each STATUS that LIST did not bring. Returns why mailboxes cannot be read. */
async function completeStatuses(
  session: Session,
  listed: readonly Listed[],
  statuses: Map<string, MailboxStatus>,
): Promise<Map<string, string>> {
  const skipped = new Map<string, string>()
  for (const { name, skipped: unusable } of listed) {
    if (unusable !== null || statuses.has(name)) continue
    const untagged = { STATUS: (answer: Answer) => void statuses.set(name, readStatus(answer)) }
    try {
      await session.command('STATUS', [session.name(name), statusItems(session)], { untagged, budget: 0 })
    } catch (error) {
      // Reading it will fail, and that alone.
      if (error instanceof Busy && faults.has(error.responseCode)) continue
      if (!(error instanceof Refusal)) throw error
      skipped.set(name, `The server does not open this folder. ${error.message}`)
    }
  }
  return skipped
}

function readListed(answer: Answer): Listed {
  const [flags, delimiter, name] = answer.attributes ?? []
  const attributes = new Set(texts(flags).map((flag) => flag.toLowerCase()))
  const written = readName(name)
  return { name: written, delimiter: text(delimiter) || null, attributes, skipped: whySkipped(written, attributes) }
}

/** An unquoted NIL is a mailbox of that name. INBOX is the same in any case (RFC 9051 section 5.1). */
function readName(attribute: Attribute | undefined): string {
  const name = text(attribute) ?? 'NIL'
  return /^inbox$/i.test(name) ? 'INBOX' : name
}

function whySkipped(name: string, attributes: ReadonlySet<string>): string | null {
  if (name === '') return 'The server gives this folder no name.'
  if (/[\0\r\n]/.test(name)) return 'The name of this folder holds characters that IMAP forbids; it cannot be opened.'
  if (name.includes('\ufffd')) return 'The name of this folder is not valid text; it cannot be opened.'
  if (holdsNone(attributes)) return 'This folder holds no messages, only other folders.'
  return null
}

function holdsNone(attributes: ReadonlySet<string>): boolean {
  return attributes.has('\\noselect') || attributes.has('\\nonexistent')
}

function readStatus(answer: Answer): MailboxStatus {
  const values = new Map(pairs(answer.attributes?.[1]).map(({ name, value }) => [text(name), value]))
  const modseq = bigNumber(values.get('HIGHESTMODSEQ'))
  return {
    messages: number(values.get('MESSAGES')),
    uidnext: number(values.get('UIDNEXT')),
    uidvalidity: bigNumber(values.get('UIDVALIDITY')),
    modseq: modseq === '0' ? null : modseq,
    id: textInList(values.get('MAILBOXID')),
  }
}

function describe(
  session: Session,
  { name, delimiter, attributes }: Listed,
  key: string,
  status: MailboxStatus | null,
  role: Role | undefined,
  skipped: string | undefined,
): Collection {
  return {
    service: 'mail',
    key,
    path: pathOf(session, name, delimiter),
    ...(role && { role }),
    ...(status && status.messages !== null && { count: status.messages }),
    // Nothing is missing where nothing can be.
    ...(holdsNone(attributes) && { count: 0 }),
    ...(status?.uidvalidity && { lineage: status.uidvalidity }),
    ...(skipped !== undefined && { skipped }),
  }
}

/** The decoded names from the root down. Delimiters that name an empty level stay part of the name next to them. */
function pathOf(session: Session, name: string, delimiter: string | null): string[] {
  const levels: string[] = []
  let prefix = ''
  for (const level of delimiter ? name.split(delimiter) : [name]) {
    if (level === '') {
      prefix += delimiter ?? ''
      continue
    }
    levels.push(prefix + (session.enabled('UTF8=ACCEPT') ? level : decodeModifiedUtf7(level)))
    prefix = ''
  }
  const last = levels.pop()
  levels.push(last === undefined ? prefix || '(no name)' : last + prefix)
  if (levels[0] !== undefined && /^inbox$/i.test(levels[0])) levels[0] = 'Inbox'
  return levels
}

const rolesByAttribute: readonly (readonly [attribute: string, role: Role])[] = [
  ['\\all', 'all'],
  ['\\archive', 'archive'],
  ['\\drafts', 'drafts'],
  ['\\flagged', 'flagged'],
  ['\\junk', 'junk'],
  ['\\spam', 'junk'],
  ['\\sent', 'sent'],
  ['\\trash', 'trash'],
]

/** By SPECIAL-USE (RFC 6154); a role that the server gives to no mailbox goes to the topmost one with a usual name for it. */
function findRoles(session: Session, listed: readonly Listed[]): Map<string, Role> {
  const roles = new Map<string, Role>(listed.some(({ name }) => name === 'INBOX') ? [['INBOX', 'inbox']] : [])
  for (const { name, attributes } of listed) {
    const found = rolesByAttribute.find(([attribute]) => attributes.has(attribute))
    if (found && !roles.has(name)) roles.set(name, found[1])
  }
  const given = new Set(roles.values())
  const guesses = new Map<Role, { name: string; depth: number }>()
  for (const { name, delimiter, skipped } of listed) {
    if (skipped !== null || roles.has(name)) continue
    const path = pathOf(session, name, delimiter)
    const guess = specialUse(false, { flags: new Set(), name: path.at(-1) ?? '' })
    const role = rolesByAttribute.find(([attribute]) => attribute === guess.flag?.toLowerCase())?.[1]
    if (guess.source !== 'name' || role === undefined || given.has(role)) continue
    if (path.length < (guesses.get(role)?.depth ?? 3)) guesses.set(role, { name, depth: path.length })
  }
  for (const [role, { name }] of guesses) roles.set(name, role)
  return roles
}

function byName(a: Listed, b: Listed): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
