/** One signed-in connection. Everything that a backup sends to a server passes through here, and nothing here can write. */
import type { ImapFlow } from 'imapflow'
import type { Blocks } from '../../core/blocks.ts'
import { AppError } from '../../core/errors.ts'
import { fromCommand } from './errors.ts'
import { Guard } from './guard.ts'
import { Intake } from './intake.ts'
import { type Answer, type Attribute, atom, bigNumber, type FetchAnswer, number, readFetch, responseCode } from './protocol.ts'

/** Largest message that is taken in one piece; partial fetches are far smaller, and nothing else comes near it. */
export const maxLiteral = 8 * 1024 * 1024
/** imapflow's parser takes quadratic time over long number sets: 128 KB cost a quarter of a second, 256 KB ten. */
export const maxLine = 128 * 1024

/** Octets a command may bring besides what was asked for. */
const slack = 1024 * 1024

/** The commands that are ever sent besides those of signing in; none changes anything on the server. */
type Command = 'LIST' | 'STATUS' | 'EXAMINE' | 'FETCH' | 'UID FETCH'

type Handler = (answer: Answer) => void | Promise<void>

export interface CommandOptions {
  readonly untagged: Readonly<Record<string, Handler>>
  /** Octets that an honest answer stays below. */
  readonly budget: number
  /** The server is ready for the next literal. */
  readonly onPlusTag?: () => Promise<void>
}

/** imapflow's command layer, which its published types leave out: `client.fetch` would parse each answer a second time. */
interface CommandLayer {
  exec(
    command: string,
    attributes: readonly Attribute[],
    options: Pick<CommandOptions, 'untagged' | 'onPlusTag'>,
  ): Promise<{ readonly response: Answer; next(): void }>
}

/** What EXAMINE says; a snapshot of the mailbox at that moment. */
export interface Snapshot {
  readonly messages: number
  readonly uidvalidity: string
  /** null where the server does not say. */
  readonly uidnext: number | null
  /** null where the mailbox keeps no mod-sequences (RFC 7162). */
  readonly modseq: string | null
}

interface Selected {
  /** As the server writes it. */
  readonly mailbox: string
  readonly uidvalidity: string
  readonly snapshot: Snapshot
}

interface FetchRequest {
  /** A set of UIDs, or of message numbers with `byNumber`. */
  readonly set: string
  readonly byNumber?: boolean
  readonly items: readonly Attribute[]
  /** Only what changed after this MODSEQ. */
  readonly changedSince?: string
  readonly onMessage: (message: FetchAnswer) => void | Promise<void>
  /** Asks for VANISHED (RFC 7162 section 3.2.6) besides; gets the set of UIDs. */
  readonly onVanished?: (set: Attribute | undefined) => void
  /** Messages came or went since the mailbox was opened, as far as the server tells of it along with this answer. */
  readonly onComeOrGone?: () => void
  /** Octets that an honest answer stays below. */
  readonly budget: number
  /** Where contents are put; whoever gets them gives them back. */
  readonly memory?: Blocks
}

export class Session {
  readonly #client: ImapFlow
  readonly #layer: CommandLayer
  readonly #host: string
  readonly #guard: Guard
  readonly #intake: Intake
  #killed: AppError | null = null
  #failure: AppError | null = null
  #selected: Selected | null = null
  #unreadable = 0

  /** `client` is about to connect. `patience`: milliseconds that any one answer may take besides the time for its octets. */
  constructor(client: ImapFlow, host: string, patience: number) {
    this.#client = client
    this.#layer = client as unknown as CommandLayer
    this.#host = host
    this.#intake = new Intake(client)
    this.#guard = new Guard(client, host, patience, (reason) => this.kill(reason))
    client.on('error', (error: unknown) => {
      this.#failure ??= fromCommand(error, host)
    })
    client.on('close', () => this.#guard.stop())
  }

  /** Why it was dropped from this side, if it was. */
  get killed(): AppError | null {
    return this.#killed
  }

  get alive(): boolean {
    return this.#failure === null && this.#client.usable
  }

  /** The mailbox that is open now, as it was when it was opened. */
  get selected(): Selected | null {
    return this.#selected
  }

  /** How many answers of the server could not be parsed. */
  get unreadable(): number {
    return this.#unreadable
  }

  noteUnreadable(): void {
    this.#unreadable++
  }

  has(capability: string): boolean {
    return this.#client.capabilities.has(capability)
  }

  enabled(extension: string): boolean {
    return this.#client.enabled.has(extension)
  }

  get condstore(): boolean {
    return this.has('CONDSTORE') || this.has('QRESYNC')
  }

  /** @throws Refusal for NO and BAD, another AppError when the connection is gone */
  async command(command: Command, attributes: readonly Attribute[], options: CommandOptions): Promise<Answer> {
    return await this.exec(command, attributes, options)
  }

  /** Any command: for `WritingSession`, which no backup opens. */
  protected async exec(command: string, attributes: readonly Attribute[], options: CommandOptions): Promise<Answer> {
    this.#guard.begin(options.budget + slack)
    const { untagged, onPlusTag } = options
    try {
      const { response, next } = await this.#layer.exec(command, attributes, onPlusTag ? { untagged, onPlusTag } : { untagged })
      next()
      return response
    } catch (error) {
      throw this.#failure ?? fromCommand(error, this.#host)
    } finally {
      this.#guard.end()
    }
  }

  /** Opens a mailbox read-only. @throws Refusal where the server does not open it */
  async examine(mailbox: string): Promise<Snapshot> {
    return await this.openMailbox('EXAMINE', mailbox)
  }

  /** SELECT, which opens for writing, is for `WritingSession` alone. */
  protected async openMailbox(command: 'EXAMINE' | 'SELECT', mailbox: string): Promise<Snapshot> {
    this.#selected = null
    const said: { -readonly [K in keyof Snapshot]: Snapshot[K] } = { messages: 0, uidvalidity: '', uidnext: null, modseq: null }
    let isCounted = false
    const condstore = this.condstore && !this.enabled('CONDSTORE') && !this.enabled('QRESYNC')
    await this.exec(command, condstore ? [this.name(mailbox), [atom('CONDSTORE')]] : [this.name(mailbox)], {
      budget: maxLine,
      untagged: {
        EXISTS: (answer) => {
          const messages = number(atom(answer.command))
          isCounted = messages !== null
          said.messages = messages ?? 0
        },
        OK: (answer) => {
          const code = responseCode(answer)
          if (code?.name === 'UIDVALIDITY') said.uidvalidity = bigNumber(code.argument) ?? ''
          if (code?.name === 'UIDNEXT') said.uidnext = number(code.argument)
          if (code?.name === 'HIGHESTMODSEQ') said.modseq = bigNumber(code.argument)
        },
      },
    })
    if (said.uidvalidity === '') {
      throw new AppError('unsupported', `${this.#host} gives the messages of this folder no lasting numbers (UIDVALIDITY).`)
    }
    // Taken for an empty folder, it would seem as if every message were gone.
    if (!isCounted) throw new AppError('unsupported', `${this.#host} does not say how many messages this folder holds.`)
    const snapshot = this.condstore && said.modseq !== '0' ? said : { ...said, modseq: null }
    this.#selected = { mailbox, uidvalidity: said.uidvalidity, snapshot }
    return snapshot
  }

  /** FETCH in the open mailbox. Answers without a UID are left out; other UIDs than asked may occur. */
  async fetch(request: FetchRequest): Promise<void> {
    const modifiers: Attribute[] = []
    if (request.changedSince !== undefined) {
      modifiers.push(atom('CHANGEDSINCE'), atom(request.changedSince))
      if (request.onVanished) modifiers.push(atom('VANISHED'))
    }
    const attributes: Attribute[] = [{ type: 'SEQUENCE', value: request.set }, request.items]
    if (modifiers.length > 0) attributes.push(modifiers)
    this.#intake.begin(request.memory ?? null, request.onMessage)
    try {
      await this.command(request.byNumber ? 'FETCH' : 'UID FETCH', attributes, {
        budget: request.budget,
        untagged: {
          FETCH: (answer) => {
            const message = readFetch(answer)
            return message.uid === null ? undefined : request.onMessage(message)
          },
          // `VANISHED (EARLIER) set` answers the question, `VANISHED set` is news (RFC 7162 section 3.2.10).
          VANISHED: ({ attributes }) => {
            if (attributes?.length === 1) request.onComeOrGone?.()
            else request.onVanished?.(attributes?.at(-1))
          },
          EXPUNGE: () => request.onComeOrGone?.(),
          EXISTS: ({ command }) => {
            if (number(atom(command)) !== this.#selected?.snapshot.messages) request.onComeOrGone?.()
          },
        },
      })
    } finally {
      this.#intake.end()
    }
  }

  /** Something was sent: the time for the answer begins anew. */
  protected noteSent(): void {
    this.#guard.begin(slack)
  }

  /**
   * A mailbox name for a command. Never call it for a name with CR, LF or NUL.
   * @throws AppError `bug` for these
   */
  name(mailbox: string): Attribute {
    if (/[\0\r\n]/.test(mailbox)) throw new AppError('bug', 'A folder name with a line break reached a command.')
    const plain = /^[\x20-\x7e]*$/.test(mailbox) || this.enabled('UTF8=ACCEPT')
    return plain ? { type: 'STRING', value: mailbox } : { type: 'LITERAL', value: Buffer.from(mailbox) }
  }

  /** Drops the connection; commands under way fail with `reason`. */
  kill(reason: AppError): void {
    this.#killed ??= reason
    this.#failure ??= reason
    this.#guard.stop()
    this.#client.close()
  }

  /** Says goodbye, for at most a second. Never throws. */
  async logout(): Promise<void> {
    const timer = setTimeout(() => this.#client.close(), 1_000)
    try {
      if (this.alive) await this.#client.logout()
    } catch {
      // The connection is to end either way.
    } finally {
      clearTimeout(timer)
      this.#guard.stop()
      this.#client.close()
    }
  }
}
