/** The connection of a restore: it can add, and nothing here can take away or change what was there before. */
import type { Writable } from 'node:stream'
import { AppError, toAppError } from '../../core/errors.ts'
import { type Answer, type Attribute, atom, encodeModifiedUtf7, number, responseCode, text } from './protocol.ts'
import { maxLine, Session } from './session.ts'
import { formatSet, parseSet } from './uids.ts'

/** A message to add. */
export interface Addition {
  /** Atoms, `\Seen` and keywords. */
  readonly flags: readonly string[]
  readonly date: Date
  /** Octets that `content` brings. */
  readonly size: number
  readonly content: AsyncIterable<Uint8Array> | Uint8Array
}

/** Where additions went (RFC 4315 APPENDUID). */
export interface AddedAt {
  readonly uidvalidity: string
  /** In the order of the additions. */
  readonly uids: readonly number[]
}

/** imapflow's socket (or its compressing end), which its published types leave out. */
interface Sending {
  readonly writeSocket: Writable
}

export class WritingSession extends Session {
  readonly #sending: Sending

  constructor(...[client, host, patience]: ConstructorParameters<typeof Session>) {
    super(client, host, patience)
    this.#sending = client as unknown as Sending
  }

  /** `use`: e.g. `\Sent` (RFC 6154). @throws Refusal */
  async create(mailbox: string, use: string | null): Promise<void> {
    const special = use !== null && this.has('CREATE-SPECIAL-USE') ? [[atom('USE'), [atom(use)]]] : []
    await this.exec('CREATE', [this.name(mailbox), ...special], { untagged: {}, budget: maxLine })
  }

  /** @throws Refusal */
  async subscribe(mailbox: string): Promise<void> {
    await this.exec('SUBSCRIBE', [this.name(mailbox)], { untagged: {}, budget: maxLine })
  }

  /** What every folder's name begins with, and what separates its levels. */
  async personalNamespace(): Promise<{ readonly prefix: string; readonly delimiter: string | null }> {
    let found: { prefix: string; delimiter: string | null } | null = null
    if (this.has('NAMESPACE')) {
      const untagged = {
        NAMESPACE: (answer: Answer) => {
          const [prefix, delimiter] = listAt(listAt(answer.attributes, 0), 0) ?? []
          if (prefix !== undefined) found = { prefix: text(prefix) ?? '', delimiter: text(delimiter) || null }
        },
      }
      await this.exec('NAMESPACE', [], { untagged, budget: maxLine })
    }
    if (found !== null) return found
    let delimiter: string | null = null
    const untagged = {
      LIST: (answer: Answer) => {
        delimiter = text(answer.attributes?.[1]) || null
      },
    }
    await this.exec('LIST', [string(''), string('')], { untagged, budget: maxLine })
    return { prefix: '', delimiter }
  }

  /**
   * Adds messages to a mailbox, all or none (RFC 3502 where there are several). The first literal waits for the server's word,
   * so that a refusal costs nothing; so does the last, because a command that lies whole on the way could be carried out long
   * after this side has given it up. So do all where the server does not promise (LITERAL+, RFC 7888) to read a literal also
   * after it has refused: content is never read as commands. Answers null where the server does not say where they are.
   * @throws Refusal, Busy; after any other error nobody knows whether they were added
   */
  async append(mailbox: string, additions: readonly Addition[]): Promise<AddedAt | null> {
    const [first] = additions
    if (first === undefined) throw new AppError('bug', 'There is nothing to append.')
    const sender = new Sender(additions, this.has('LITERAL+'), (parts) => this.#write(parts))
    const sending: Promise<void>[] = []
    try {
      const answer = await this.exec('APPEND', [this.name(mailbox), ...firstHead(first)], {
        untagged: {},
        budget: maxLine,
        onPlusTag: () => {
          const sent = sender.next().catch((error: unknown) => this.kill(toAppError(error)))
          sending.push(sent)
          return sent
        },
      })
      return addedAt(answer, additions.length)
    } finally {
      // A refusal may come before everything is sent; nothing else goes out before that.
      await Promise.all(sending)
    }
  }

  /** In one piece: a small part behind another would wait for the other side's acknowledgement. */
  async #write(parts: readonly Uint8Array[]): Promise<void> {
    const { writeSocket } = this.#sending
    if (writeSocket.destroyed) throw new AppError('network', 'The connection broke.')
    this.noteSent()
    writeSocket.cork()
    let isRoom = true
    for (const part of parts) isRoom = writeSocket.write(part)
    writeSocket.uncork()
    if (isRoom) return
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ['drain', 'close', 'error']) writeSocket.off(event, done)
        resolve()
      }
      for (const event of ['drain', 'close', 'error']) writeSocket.on(event, done)
    })
    this.noteSent()
  }

  /**
   * Adds labels to messages of a mailbox (X-GM-EXT-1); takes none away.
   * @throws Refusal; AppError `cursor-expired` where it is another mailbox by now
   */
  async addLabels(mailbox: string, at: AddedAt, labels: readonly string[]): Promise<void> {
    if ((await this.openMailbox('SELECT', mailbox)).uidvalidity !== at.uidvalidity)
      throw new AppError('cursor-expired', 'The folder was replaced on the server while it was being written.')
    const names = labels.map((label) => (label.startsWith('\\') ? atom(label) : this.name(encodeModifiedUtf7(label))))
    const attributes: Attribute[] = [{ type: 'SEQUENCE', value: formatSet(at.uids) }, atom('+X-GM-LABELS.SILENT'), names]
    await this.exec('UID STORE', attributes, { untagged: {}, budget: maxLine })
  }

  /** Deletes a mailbox with its messages. Only for one that a rehearsal made. @throws Refusal */
  async deleteMailbox(mailbox: string): Promise<void> {
    await this.exec('DELETE', [this.name(mailbox)], { untagged: {}, budget: maxLine })
  }
}

/** The literals of one APPEND. */
class Sender {
  readonly #additions: readonly Addition[]
  readonly #isPipelined: boolean
  readonly #write: (parts: readonly Uint8Array[]) => Promise<void>
  #sent = 0

  constructor(additions: readonly Addition[], isPipelined: boolean, write: (parts: readonly Uint8Array[]) => Promise<void>) {
    this.#additions = additions
    this.#isPipelined = isPipelined
    this.#write = write
  }

  /** The server is ready for the next literal. */
  async next(): Promise<void> {
    for (;;) {
      const addition = this.#additions[this.#sent++]
      if (addition === undefined) return
      const following = this.#additions[this.#sent]
      const isLast = this.#sent >= this.#additions.length - 1
      const after = following === undefined ? '' : head(following, this.#isPipelined && !isLast)
      await this.#send(addition, Buffer.from(`${after}\r\n`))
      if (!this.#isPipelined || isLast) return
    }
  }

  /** `after`: what follows the content. */
  async #send({ content, size }: Addition, after: Buffer): Promise<void> {
    let sent = 0
    let last: Uint8Array = Buffer.alloc(0)
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      if (last.length > 0) await this.#write([last])
      sent += chunk.length
      last = chunk
    }
    if (sent !== size) throw new AppError('bug', `A message has ${sent} octets where ${size} were announced.`)
    await this.#write([last, after])
  }
}

const string = (value: string): Attribute => ({ type: 'STRING', value })

/** The list that is the `n`th of a list; undefined where it is none. */
function listAt(list: readonly Attribute[] | undefined, n: number): readonly Attribute[] | undefined {
  const attribute = list?.[n]
  return attribute !== null && attribute !== undefined && !('type' in attribute) ? attribute : undefined
}

/** `TEXT` goes out as it is: the literal's announcement at the end of the line. */
function firstHead(addition: Addition): Attribute[] {
  const announcement: Attribute = { type: 'TEXT', value: `{${addition.size}}` }
  return [addition.flags.map(atom), string(formatDate(addition.date)), announcement]
}

function head(addition: Addition, isPipelined: boolean): string {
  return ` (${addition.flags.join(' ')}) "${formatDate(addition.date)}" {${addition.size}${isPipelined ? '+' : ''}}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 9051 `date-time`, UTC. */
function formatDate(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = String(date.getUTCDate()).padStart(2, ' ')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${day}-${months[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, '0')} ${time} +0000`
}

function addedAt(answer: Answer, count: number): AddedAt | null {
  const first = answer.attributes?.[0]
  const code = responseCode(answer)
  if (code?.name !== 'APPENDUID' || first === null || first === undefined || !('section' in first)) return null
  const uidvalidity = number(code.argument)
  const ranges = parseSet(text(first.section?.[2]) ?? '')
  if (uidvalidity === null || ranges === null) return null
  const uids: number[] = []
  for (const range of ranges) for (let uid = range.first; uid <= range.last && uids.length <= count; uid++) uids.push(uid)
  return uids.length === count ? { uidvalidity: String(uidvalidity), uids } : null
}

/** Whether a flag can be sent as an atom (RFC 9051 `flag-keyword`, `flag-extension`). */
export function isSendableFlag(flag: string): boolean {
  return flag.toLowerCase() !== '\\recent' && /^\\?[^\s(){}%*"\]\\\x00-\x1f\x7f-\uffff]{1,200}$/.test(flag)
}
