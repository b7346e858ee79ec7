/** Stands between a client and a real IMAP server in plain text: records what the client says, and makes trouble on request. */
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** May be changed at any time; it holds for what comes after. */
export interface Trouble {
  /** Capabilities to hide. A command that uses one of them is answered BAD. */
  hide?: readonly string[]
  /** A client's line, without line end, as it is passed on. */
  rewriteCommand?: (line: string) => string
  /** A server's line outside of literals, without line end, as it is passed on; null drops it. */
  rewriteAnswer?: (line: string) => string | null
  /** The answer to give to a command, without its tag, instead of passing it on: `NO [LIMIT] not now`. Null passes it on. */
  answer?: (command: string) => string | null
  /** Untagged lines for the client, ahead of the real answer to a command. */
  inject?: (command: string) => readonly string[]
  /** FETCH of the content of one of these UIDs is refused with NO. */
  refuseUids?: readonly number[]
  /** What it says then; `NO this message is damaged` unless told. */
  refusal?: string
  /** FETCH of the content of one of these UIDs breaks the connection. */
  breakUids?: readonly number[]
  /** Drops a connection after so many octets to the client; so many times. */
  drop?: { afterOctets: number; times: number }
  /** The same, with BYE and a reason at a line end instead. */
  bye?: { afterOctets: number; times: number; reason: string }
  /** Swallows everything from the server from now on. */
  silent?: boolean
  /** Milliseconds added to every answer. */
  delay?: number
  /** Nothing more comes from the server until this is resolved. */
  held?: Promise<void>
  /** Reason for BYE instead of a greeting, by the number of connections that are open, this one included; null lets it in. */
  refuseConnection?: (open: number) => string | null
}

export interface ImapProxy {
  readonly host: string
  readonly port: number
  readonly trouble: Trouble
  /** Every line of the clients in upper case up to the arguments, without tag: `UID FETCH 1:* (FLAGS)`. No secrets. */
  readonly commands: readonly string[]
  /** Connections that were accepted. */
  readonly connections: number
  /** The most that were open at once. */
  readonly mostAtOnce: number
  /** Forgets the recorded commands and connections. */
  forget(): void
  /** @throws when a client sent anything that could change the account, if it may only read */
  stop(): Promise<void>
}

/** `restore`: the clients may write. */
type Purpose = 'backup' | 'restore'

/** All that a backup may send (RFC 9051 section 6): SELECT, and FETCH of BODY[] without PEEK, would change flags. */
const readingCommand =
  /^(?:CAPABILITY|NOOP|LOGOUT|ID|STARTTLS|COMPRESS|AUTHENTICATE|LOGIN|ENABLE|NAMESPACE|LIST|LSUB|STATUS|EXAMINE|(?:UID )?SEARCH|(?:UID )?FETCH(?!.*\bBODY\[)(?!.*\bRFC822(?:\.TEXT)?(?: |\)|$)))(?: |$)/i

/** Which words in a command need which capability. */
const uses: Readonly<Record<string, RegExp>> = {
  CONDSTORE: /\bCHANGEDSINCE\b|\bHIGHESTMODSEQ\b|\(CONDSTORE\)|\bMODSEQ\b|^ENABLE .*CONDSTORE/i,
  QRESYNC: /\bVANISHED\b|\bQRESYNC\b/i,
  'LIST-STATUS': /^LIST .*RETURN .*\bSTATUS\b/i,
  'LIST-EXTENDED': /^LIST .*RETURN/i,
  ESEARCH: /^(UID )?SEARCH RETURN/i,
  ENABLE: /^ENABLE/i,
  ID: /^ID\b/i,
  NAMESPACE: /^NAMESPACE/i,
  OBJECTID: /\bEMAILID\b|\bMAILBOXID\b|\bTHREADID\b/i,
  'X-GM-EXT-1': /\bX-GM-/i,
}

export async function startImapProxy(
  target: { host: string; port: number },
  trouble: Trouble = {},
  purpose: Purpose = 'backup',
): Promise<ImapProxy> {
  const links = new Set<Link>()
  const record = { commands: [] as string[], writing: [] as string[], connections: 0, mostAtOnce: 0 }
  const note = (command: string) => {
    record.commands.push(command)
    if (!readingCommand.test(command)) record.writing.push(command)
  }
  const server = createServer((client) => {
    const link = new Link(client, target, trouble, note, () => links.delete(link))
    links.add(link)
    record.connections++
    record.mostAtOnce = Math.max(record.mostAtOnce, links.size)
    link.start(links.size)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address ? address.port : 0,
    trouble,
    get commands() {
      return record.commands
    },
    get connections() {
      return record.connections
    },
    get mostAtOnce() {
      return record.mostAtOnce
    },
    forget() {
      record.commands.length = 0
      record.connections = 0
      record.mostAtOnce = links.size
    },
    async stop() {
      for (const link of links) link.destroy()
      await new Promise((resolve) => server.close(resolve))
      if (purpose === 'backup' && record.writing.length > 0) throw new Error(`A backup sent ${record.writing.join(', ')}`)
    },
  }
}

class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #trouble: Trouble
  readonly #note: (command: string) => void
  readonly #fromClient = new LineReader()
  readonly #fromServer = new LineReader()
  #toClient = 0
  #over = false
  /** The tag of STARTTLS: after it, nothing can be read here and all is passed on. */
  #startTls: string | null = null
  /** Lines that answer a challenge of the server's: never recorded. */
  #secretLines = 0
  #queue: Promise<void> = Promise.resolve()

  constructor(
    client: Socket,
    target: { host: string; port: number },
    trouble: Trouble,
    note: (command: string) => void,
    onEnd: () => void,
  ) {
    this.#client = client
    this.#trouble = trouble
    this.#note = note
    this.#server = connect(target)
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true)
      socket.on('error', () => this.destroy())
      socket.on('close', () => {
        this.destroy()
        onEnd()
      })
    }
  }

  start(open: number): void {
    const refused = this.#trouble.refuseConnection?.(open)
    if (typeof refused === 'string') {
      this.#client.end(`* BYE ${refused}\r\n`)
      this.#server.destroy()
      return
    }
    this.#client.on('data', (chunk: Buffer) => {
      for (const piece of this.#fromClient.read(chunk)) this.#pieceOfClient(piece)
    })
    this.#server.on('data', (chunk: Buffer) => {
      const pieces = this.#fromServer.read(chunk)
      this.#server.pause()
      this.#queue = this.#queue.then(async () => {
        if (this.#trouble.delay) await delay(this.#trouble.delay)
        await this.#trouble.held
        for (const piece of pieces) this.#pieceOfServer(piece)
        if (this.#client.writableNeedDrain)
          await new Promise((resolve) => this.#client.once('drain', resolve).once('close', resolve))
        this.#server.resume()
      })
    })
  }

  destroy(): void {
    this.#over = true
    this.#client.destroy()
    this.#server.destroy()
  }

  #pieceOfClient(piece: Piece): void {
    if (!piece.isLine) {
      this.#server.write(piece.bytes)
      return
    }
    const line = piece.bytes.toString('latin1').replace(/\r?\n$/, '')
    if (this.#secretLines > 0) {
      this.#secretLines--
      this.#server.write(piece.bytes)
      return
    }
    const [, tag = '', command = ''] = /^(\S+) (.*)$/s.exec(line) ?? []
    if (tag === '') {
      this.#server.write(piece.bytes)
      return
    }
    this.#record(command)
    for (const injected of this.#trouble.inject?.(command) ?? []) this.#write(Buffer.from(`${injected}\r\n`, 'latin1'))
    if (asks(command, this.#trouble.breakUids)) {
      this.destroy()
      return
    }
    const answer = this.#answerOf(command)
    if (answer !== null) {
      this.#fromClient.forgetLiteral()
      this.#write(Buffer.from(`${tag} ${answer}\r\n`, 'latin1'))
      return
    }
    if (/^STARTTLS$/i.test(command)) {
      this.#startTls = tag
      this.#fromClient.raw = true
    }
    const rewritten = this.#trouble.rewriteCommand?.(command) ?? command
    this.#server.write(Buffer.from(`${tag} ${rewritten}\r\n`, 'latin1'))
  }

  #record(command: string): void {
    if (/^AUTHENTICATE /i.test(command)) {
      this.#secretLines = 1
      this.#note(command.split(' ').slice(0, 2).join(' ').toUpperCase())
    } else if (/^LOGIN /i.test(command)) this.#note('LOGIN')
    else this.#note(command)
  }

  #answerOf(command: string): string | null {
    for (const capability of this.#trouble.hide ?? []) {
      if (uses[capability]?.test(command)) return `BAD this server has no ${capability}`
    }
    if (asks(command, this.#trouble.refuseUids)) return this.#trouble.refusal ?? 'NO this message is damaged'
    return this.#trouble.answer?.(command) ?? null
  }

  #pieceOfServer(piece: Piece): void {
    if (this.#trouble.silent) return
    if (!piece.isLine) {
      this.#write(piece.bytes)
      return
    }
    const text = piece.bytes.toString('latin1')
    const line = text.replace(/\r?\n$/, '')
    const end = text.slice(line.length)
    if (this.#startTls !== null && line.startsWith(`${this.#startTls} OK`)) this.#fromServer.raw = true
    const shown = this.#hide(line)
    const rewritten = shown === null || !this.#trouble.rewriteAnswer ? shown : this.#trouble.rewriteAnswer(shown)
    if (rewritten !== null) this.#write(Buffer.from(rewritten + end, 'latin1'), !/\{\d+\}$/.test(line))
  }

  #hide(line: string): string | null {
    const { hide = [] } = this.#trouble
    if (hide.length === 0) return line
    if (hide.includes('CONDSTORE') && /^\* OK \[(HIGHESTMODSEQ|NOMODSEQ)/i.test(line)) return null
    if (!/^\* CAPABILITY |\[CAPABILITY /i.test(line)) return line
    return line
      .split(' ')
      .map((word) => (hide.includes(word.replace(/\]$/, '').toUpperCase()) ? (word.endsWith(']') ? ']' : '') : word))
      .filter((word) => word !== '')
      .join(' ')
      .replace(' ]', ']')
  }

  #write(bytes: Buffer, atLineEnd = false): void {
    if (this.#over) return
    const { drop, bye } = this.#trouble
    if (drop && drop.times > 0 && this.#toClient + bytes.length > drop.afterOctets) {
      drop.times--
      this.#over = true
      this.#client.end(bytes.subarray(0, drop.afterOctets - this.#toClient))
      this.#server.destroy()
      return
    }
    this.#client.write(bytes)
    this.#toClient += bytes.length
    if (bye && bye.times > 0 && atLineEnd && this.#toClient > bye.afterOctets) {
      bye.times--
      this.#over = true
      this.#client.end(`* BYE ${bye.reason}\r\n`)
      this.#server.destroy()
    }
  }
}

function includes(set: string, uid: number): boolean {
  return set.split(',').some((part) => {
    const [first = '', last = first] = part.split(':')
    return uid >= Number(first) && (last === '*' || uid <= Number(last))
  })
}

interface Piece {
  /** A line with its end, or a piece of a literal. */
  readonly isLine: boolean
  readonly bytes: Buffer
}

/** Tells lines from literals (`{n}` at the end of a line announces n octets). */
class LineReader {
  /** Everything from now on is passed as it comes. */
  raw = false
  #rest = Buffer.alloc(0)
  #literal = 0

  /** The literal that was announced last will not come: it was refused. */
  forgetLiteral(): void {
    this.#literal = 0
  }

  read(chunk: Buffer): Piece[] {
    if (this.raw) return [{ isLine: false, bytes: chunk }]
    const pieces: Piece[] = []
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = Buffer.alloc(0)
    while (data.length > 0) {
      if (this.#literal > 0) {
        const bytes = data.subarray(0, this.#literal)
        this.#literal -= bytes.length
        data = data.subarray(bytes.length)
        pieces.push({ isLine: false, bytes })
        continue
      }
      const end = data.indexOf(10)
      if (end < 0) {
        this.#rest = Buffer.from(data)
        break
      }
      const bytes = data.subarray(0, end + 1)
      this.#literal = Number(/\{(\d+)\+?\}\r?\n$/.exec(bytes.toString('latin1'))?.[1] ?? 0)
      data = data.subarray(end + 1)
      pieces.push({ isLine: true, bytes })
    }
    return pieces
  }
}

/** Whether the command fetches the content of one of these messages. */
function asks(command: string, uids: readonly number[] | undefined): boolean {
  const asked = /^UID FETCH (\S+) .*BODY\.PEEK\[\]/i.exec(command)?.[1]
  return asked !== undefined && (uids ?? []).some((uid) => includes(asked, uid))
}
