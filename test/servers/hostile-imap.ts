/**
 * A small scripted IMAP server on a loopback port. As it stands it is a benign, read-only server with a few folders; a
 * script replaces any of its answers by what no honest server would send.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { IssuedCertificate } from './certificates.ts'

export interface Message {
  readonly uid: number
  readonly bytes: Buffer
  readonly flags?: readonly string[]
  /** As in RFC 9051 date-time, with the quotes. */
  readonly internalDate?: string
}

export interface Folder {
  /** As it stands in the LIST answer, quotes included: `"INBOX"`. */
  readonly name: string
  readonly uidValidity: number
  readonly messages: readonly Message[]
  /** LIST flags, e.g. `\\Noselect`. */
  readonly flags?: string
}

/** One command line of the client's, e.g. tag `A1`, name `UID FETCH`, args `1:* (FLAGS)`. */
export interface Command {
  readonly tag: string
  readonly name: string
  readonly args: string
}

/** What a script writes to. */
export interface Wire {
  readonly isEncrypted: boolean
  /** The folder that EXAMINE or SELECT has opened. */
  readonly folder: Folder | null
  send(...lines: readonly (string | Buffer)[]): void
  /** Sends what `next` gives, at the client's pace, until it gives null or the client goes. */
  pump(next: () => string | Buffer | null): Promise<void>
  /** Opens the folder that an EXAMINE names, without an answer. */
  open(args: string): void
  /** Reads no further commands. */
  ignore(): void
  /** Starts TLS on this connection, as the server's side. */
  upgrade(): void
  /** Ends the connection after what was sent. */
  end(): void
  /** Whether the client has gone. */
  readonly isOver: boolean
}

export interface Script {
  readonly security?: 'tls' | 'starttls' | 'none'
  /** What is sent before any command; a function takes over. */
  readonly greeting?: string | ((wire: Wire) => void | Promise<void>)
  readonly capabilities?: string
  readonly folders?: readonly Folder[]
  /**
   * Called for each command instead of the benign answer; `serve` gives the benign one. Not to call it and not to answer is
   * a server that has fallen silent.
   */
  answer?(command: Command, wire: Wire, serve: () => Promise<void>): void | Promise<void>
}

export interface HostileServer {
  readonly port: number
  readonly connections: number
  /** Every command line received, without passwords. */
  readonly commands: readonly string[]
  close(): Promise<void>
}

export const defaultCapabilities =
  'IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID ENABLE NAMESPACE UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE CHILDREN'

export function message(uid: number, body = `This is message ${uid}.\r\n`): Message {
  const head = `From: anna@example.org\r\nTo: ben@example.org\r\nSubject: Message ${uid}\r\nMessage-ID: <m${uid}@example.org>\r\n\r\n`
  return { uid, bytes: Buffer.from(head + body, 'latin1') }
}

export const benignFolders: readonly Folder[] = [
  { name: '"INBOX"', uidValidity: 1_700_000_001, messages: [1, 2, 3, 5, 8].map((uid) => message(uid)) },
  { name: '"Archive"', uidValidity: 1_700_000_002, messages: [10, 20, 30].map((uid) => message(uid)) },
]

export async function startHostileServer(script: Script, certificate: IssuedCertificate): Promise<HostileServer> {
  const commands: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const accept = (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    new Session(socket, script, certificate, commands).start()
  }
  const server: Server =
    script.security === 'tls' ? createTlsServer({ key: certificate.key, cert: certificate.cert }, accept) : createServer(accept)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return {
    port: address.port,
    get connections() {
      return connections
    },
    commands,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

class Session implements Wire {
  #socket: Socket
  readonly #script: Script
  readonly #certificate: IssuedCertificate
  readonly #commands: string[]
  readonly #folders: readonly Folder[]
  #buffer = ''
  #pendingSasl: string | null = null
  #work: Promise<void> = Promise.resolve()
  isEncrypted: boolean
  folder: Folder | null = null

  constructor(socket: Socket, script: Script, certificate: IssuedCertificate, commands: string[]) {
    this.#socket = socket
    this.#script = script
    this.#certificate = certificate
    this.#commands = commands
    this.#folders = script.folders ?? benignFolders
    this.isEncrypted = script.security === 'tls'
  }

  get isOver(): boolean {
    return this.#socket.destroyed || this.#socket.writableEnded
  }

  start(): void {
    this.#listen()
    const { greeting } = this.#script
    if (typeof greeting === 'function') void greeting(this)
    else this.send(greeting ?? `* OK [CAPABILITY ${this.#capabilities()}] ready\r\n`)
  }

  send(...lines: readonly (string | Buffer)[]): void {
    if (this.isOver) return
    for (const line of lines) this.#socket.write(typeof line === 'string' ? Buffer.from(line, 'latin1') : line)
  }

  async pump(next: () => string | Buffer | null): Promise<void> {
    for (let chunk = next(); chunk !== null && !this.isOver; chunk = next()) {
      const socket = this.#socket
      const hasRoom = socket.write(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)
      if (hasRoom) await new Promise<void>((resolve) => setImmediate(resolve))
      else await untilDrained(socket)
    }
  }

  end(): void {
    this.#socket.end()
  }

  #capabilities(): string {
    const base = this.#script.capabilities ?? defaultCapabilities
    return this.#script.security === 'starttls' && !this.isEncrypted ? 'IMAP4rev1 STARTTLS LOGINDISABLED' : base
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#buffer += chunk.toString('latin1')
      for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
        const line = this.#buffer.slice(0, end).replace(/\r$/, '')
        this.#buffer = this.#buffer.slice(end + 1)
        this.#work = this.#work.then(() => this.#take(line)).catch(() => void this.#socket.destroy())
      }
    })
  }

  async #take(line: string): Promise<void> {
    if (this.#pendingSasl !== null) {
      const tag = this.#pendingSasl
      this.#pendingSasl = null
      return this.#dispatch({ tag, name: 'AUTHENTICATE', args: `PLAIN ${line}` })
    }
    const match = /^(\S+) ((?:UID )?\S+) ?(.*)$/i.exec(line)
    if (!match) return
    const [, tag = '', verb = '', args = ''] = match
    const name = verb.toUpperCase()
    const isSecret = name === 'LOGIN' || name === 'AUTHENTICATE'
    this.#commands.push(isSecret ? name : `${name} ${args}`)
    if (name === 'AUTHENTICATE' && !args.includes(' ')) {
      this.#pendingSasl = tag
      return this.send('+ \r\n')
    }
    await this.#dispatch({ tag, name, args })
  }

  async #dispatch(command: Command): Promise<void> {
    const serve = () => this.#serve(command)
    await (this.#script.answer ? this.#script.answer(command, this, serve) : serve())
  }

  async #serve({ tag, name, args }: Command): Promise<void> {
    const ok = (text = 'done') => this.send(`${tag} OK ${text}\r\n`)
    switch (name) {
      case 'CAPABILITY':
        this.send(`* CAPABILITY ${this.#capabilities()}\r\n`)
        return ok()
      case 'STARTTLS':
        ok('begin TLS')
        return this.upgrade()
      case 'LOGIN':
      case 'AUTHENTICATE':
        return ok(`[CAPABILITY ${this.#capabilities()}] signed in`)
      case 'NAMESPACE':
        this.send('* NAMESPACE (("" "/")) NIL NIL\r\n')
        return ok()
      case 'ENABLE':
        this.send(`* ENABLED ${this.#capabilities().includes('QRESYNC') ? args : ''}\r\n`)
        return ok()
      case 'ID':
        this.send('* ID NIL\r\n')
        return ok()
      case 'LIST':
      case 'LSUB':
        await this.#list(name, args)
        return ok()
      case 'STATUS':
        this.send(this.#status(this.#folderNamed(args)))
        return ok()
      case 'EXAMINE':
      case 'SELECT':
        return this.#examine(tag, args)
      case 'UID FETCH':
      case 'FETCH':
        await this.#fetch(name, args)
        return ok()
      case 'UID SEARCH':
      case 'SEARCH':
        this.send(`* SEARCH${(this.folder?.messages ?? []).map((one) => ` ${one.uid}`).join('')}\r\n`)
        return ok()
      case 'LOGOUT':
        this.send('* BYE until next time\r\n')
        ok()
        return this.end()
      default:
        return ok()
    }
  }

  open(args: string): void {
    this.folder = this.#folderNamed(args)
  }

  ignore(): void {
    this.#socket.removeAllListeners('data')
    this.#socket.resume()
  }

  upgrade(): void {
    const plain = this.#socket
    plain.removeAllListeners('data')
    this.#buffer = ''
    const secure = new TLSSocket(plain, { isServer: true, key: this.#certificate.key, cert: this.#certificate.cert })
    secure.on('error', () => secure.destroy())
    this.#socket = secure
    this.isEncrypted = true
    this.#listen()
  }

  async #list(name: string, args: string): Promise<void> {
    if (/^"" ""$/.test(args)) return this.send(`* ${name} (\\Noselect) "/" ""\r\n`)
    const withStatus = /STATUS/i.test(args)
    for (const folder of this.#folders) {
      this.send(`* ${name} (${folder.flags ?? '\\HasNoChildren'}) "/" ${folder.name}\r\n`)
      if (withStatus && !folder.flags?.includes('Noselect')) this.send(this.#status(folder))
    }
  }

  #folderNamed(args: string): Folder {
    const folder = this.#folders.find((one) => args.startsWith(one.name) || args.startsWith(one.name.replaceAll('"', '')))
    return folder ?? { name: /^"(?:[^"\\]|\\.)*"|^\S+/.exec(args)?.[0] ?? '""', uidValidity: 1, messages: [] }
  }

  #status(folder: Folder): string {
    const counts = `MESSAGES ${folder.messages.length} UIDNEXT ${uidNext(folder)} UIDVALIDITY ${folder.uidValidity} UNSEEN 0`
    return `* STATUS ${folder.name} (${counts})\r\n`
  }

  #examine(tag: string, args: string): void {
    const folder = this.#folderNamed(args)
    this.folder = folder
    this.send(
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n',
      '* OK [PERMANENTFLAGS ()] none\r\n',
      `* ${folder.messages.length} EXISTS\r\n* 0 RECENT\r\n`,
      `* OK [UIDVALIDITY ${folder.uidValidity}] valid\r\n* OK [UIDNEXT ${uidNext(folder)}] next\r\n`,
      `${tag} OK [READ-ONLY] open\r\n`,
    )
  }

  async #fetch(name: string, args: string): Promise<void> {
    const [, set = '', items = ''] = /^(\S+) (.*)$/.exec(args) ?? []
    const messages = this.folder?.messages ?? []
    const highest = name === 'UID FETCH' ? (messages.at(-1)?.uid ?? 0) : messages.length
    const wanted = readSet(set, highest)
    for (const [index, one] of messages.entries()) {
      const number = name === 'UID FETCH' ? one.uid : index + 1
      if (wanted.some(([from, to]) => number >= from && number <= to)) this.send(fetchAnswer(index + 1, one, items))
    }
  }
}

function uidNext(folder: Folder): number {
  return (folder.messages.at(-1)?.uid ?? 0) + 1
}

function readSet(set: string, highest: number): readonly (readonly [number, number])[] {
  const number = (text: string | undefined) => (text === '*' ? highest : Number(text))
  return set.split(',').map((range) => {
    const [a, b] = range.split(':')
    const ends = [number(a), b === undefined ? number(a) : number(b)]
    return [Math.min(...ends), Math.max(...ends)] as const
  })
}

/** The FETCH answer with every item of `items` that this server knows. */
export function fetchAnswer(sequence: number, one: Message, items: string): Buffer {
  const parts: Buffer[] = []
  const add = (text: string, bytes?: Buffer) => parts.push(Buffer.from(text, 'latin1'), ...(bytes ? [bytes] : []))
  add(`* ${sequence} FETCH (UID ${one.uid}`)
  if (/\bFLAGS\b/i.test(items)) add(` FLAGS (${(one.flags ?? ['\\Seen']).join(' ')})`)
  if (/INTERNALDATE/i.test(items)) add(` INTERNALDATE ${one.internalDate ?? '"17-Jul-2025 02:44:25 +0200"'}`)
  if (/RFC822\.SIZE/i.test(items)) add(` RFC822.SIZE ${one.bytes.length}`)
  if (/\bENVELOPE\b/i.test(items))
    add(` ENVELOPE (NIL "Message ${one.uid}" NIL NIL NIL NIL NIL NIL NIL "<m${one.uid}@example.org>")`)
  const section = /BODY(?:\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?/i.exec(items)
  if (section) {
    const [, name = '', from, count] = section
    const headEnd = one.bytes.indexOf('\r\n\r\n') + 4
    const whole = name === '' ? one.bytes : one.bytes.subarray(0, headEnd)
    const bytes = from === undefined ? whole : whole.subarray(Number(from), Number(from) + Number(count))
    add(` BODY[${name}]${from === undefined ? '' : `<${from}>`} {${bytes.length}}\r\n`, bytes)
  }
  add(')\r\n')
  return Buffer.concat(parts)
}

function untilDrained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.once('drain', done)
    socket.once('close', done)
  })
}
