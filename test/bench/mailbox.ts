/** Fills an account of Dovecot by writing its Maildir, and changes it as its owner would. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../fixtures/random.ts'
import type { Dovecot } from '../servers/dovecot.ts'
import { dateOf, type GeneratedMessage, MessageGenerator, type Mix } from './messages.ts'

/** Name as Maildir++ writes it, and share of the messages. */
const folders: readonly (readonly [maildir: string, share: number])[] = [
  ['', 0.4],
  ['.Sent', 0.2],
  ['.Archive', 0.15],
  ['.Clients.Acme', 0.1],
  ['.Clients.Umbrella', 0.05],
  ['.Newsletters', 0.06],
  ['.Entw&APw-rfe', 0.01],
  ['.Trash', 0.03],
]

export interface Filled {
  readonly messages: number
  readonly octets: number
}

export function fillMaildir(home: string, count: number, mix: Mix): Filled {
  const generator = new MessageGenerator(count)
  let octets = 0
  let messages = 0
  for (const [name, share] of folders) {
    const inFolder = Math.round(count * share)
    const write = maildirWriter(join(home, 'Maildir', name))
    for (let i = 0; i < inFolder; i++) octets += write(generator.next(dateOf(i, inFolder), mix))
    messages += inFolder
  }
  giveToDovecot(home)
  return { messages, octets }
}

/** A few ordinary messages and one of `octets`. */
export function fillWithLargeMessage(home: string, octets: number): Filled {
  const generator = new MessageGenerator(octets)
  const write = maildirWriter(join(home, 'Maildir'))
  let sum = write(generator.large(dateOf(5, 10), octets))
  for (let i = 0; i < 10; i++) sum += write(generator.next(dateOf(i, 10), 'short'))
  giveToDovecot(home)
  return { messages: 11, octets: sum }
}

function maildirWriter(folder: string): (message: GeneratedMessage) => number {
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(folder, part), { recursive: true })
  let n = 0
  return ({ bytes, date, flags }) => {
    const seconds = date.getTime() / 1000
    // S and W: octets of the file, and of the message with CRLF; Dovecot need not count them then.
    const name = `${seconds}.M${String(n++).padStart(6, '0')}.bench,S=${bytes.length},W=${bytes.length}`
    const info = `${flags.includes('\\Flagged') ? 'F' : ''}${flags.includes('\\Seen') ? 'S' : ''}`
    const path = join(folder, 'cur', `${name}:2,${info}`)
    writeFileSync(path, bytes)
    // Dovecot takes INTERNALDATE from here.
    utimesSync(path, seconds, seconds)
    return bytes.length
  }
}

function giveToDovecot(home: string): void {
  const { status, stderr } = spawnSync('chown', ['-R', 'mail:mail', home], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

/** Lets Dovecot number the messages and note what listing them needs, so that nobody measured has to wait for that. */
export async function indexMailbox(server: Dovecot, user: string): Promise<void> {
  const client = await server.admin(user)
  for (const { path, flags } of await client.list()) {
    if (flags.has('\\Noselect')) continue
    await client.mailboxOpen(path, { readOnly: true })
    if (client.mailbox === false || client.mailbox.exists === 0) continue
    for await (const _ of client.fetch('1:*', { uid: true, flags: true, internalDate: true, size: true }));
  }
  await client.logout()
}

export const changeCounts = { added: 100, flagged: 50, removed: 20 } as const

/** New mail in the inbox and the sent mail, other flags and removals in all larger folders. */
export async function changeMailbox(server: Dovecot, user: string, random: Random): Promise<void> {
  const generator = new MessageGenerator(random.integer(1, 1_000_000))
  const client = await server.admin(user)
  for (let i = 0; i < changeCounts.added; i++) {
    const { bytes, flags } = generator.next(new Date(), 'mixed')
    await client.append(i % 3 === 0 ? 'Sent' : 'INBOX', bytes, [...flags], new Date())
  }
  const places = ['INBOX', 'Sent', 'Archive', 'Clients/Acme', 'Newsletters']
  for (const [n, place] of places.entries()) {
    await client.mailboxOpen(place)
    const found = await client.search({ all: true }, { uid: true })
    const uids = found === false || found === undefined ? [] : found
    const perPlace = (count: number) => Math.floor(count / places.length) + (n < count % places.length ? 1 : 0)
    const chosen = takeSome(uids, perPlace(changeCounts.flagged) + perPlace(changeCounts.removed), random)
    await client.messageFlagsAdd(
      chosen.slice(0, perPlace(changeCounts.flagged)),
      ['\\Answered', `$Bench${random.integer(1, 20)}`],
      { uid: true },
    )
    await client.messageDelete(chosen.slice(perPlace(changeCounts.flagged)), { uid: true })
  }
  await client.logout()
}

function takeSome(uids: readonly number[], count: number, random: Random): number[] {
  const chosen = new Set<number>()
  while (chosen.size < Math.min(count, uids.length)) chosen.add(random.pick(uids))
  return [...chosen]
}
