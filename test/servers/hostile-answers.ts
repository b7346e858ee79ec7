/** What the scripts of hostile servers are made of: answers that replace or come before the benign ones. */
import { benignFolders, type Command, defaultCapabilities, type Folder, type Script, type Wire } from './hostile-imap.ts'

type Answer = NonNullable<Script['answer']>

export const block = 'x'.repeat(65_536)
export const silence: Answer = () => {}

/** Replaces the answers to commands of this name; everything else stays benign. */
export function on(name: RegExp, answer: Answer): Script {
  return { answer: (command, wire, serve) => (name.test(command.name) ? answer(command, wire, serve) : serve()) }
}

/** Sends `text` before the benign answer. */
export const before =
  (text: string): Answer =>
  (_, wire, serve) => {
    wire.send(text)
    return serve()
  }

/** Replaces the answers to requests for message bodies only. */
export const onBody = (answer: Answer): Script =>
  on(/FETCH/, (command, wire, serve) => (isBody(command) ? answer(command, wire, serve) : serve()))
/** Replaces the answers to requests for anything but bodies. */
export const onListing = (answer: Answer): Script =>
  on(/FETCH/, (command, wire, serve) => (isBody(command) ? serve() : answer(command, wire, serve)))

export const isBody = (command: Command) => /(BODY(\.PEEK)?|BINARY(\.PEEK)?)\[/i.test(command.args)
export const forever = (text: string) => () => text
export const ok = (command: Command, wire: Wire) => wire.send(`${command.tag} OK done\r\n`)

export const ofSize =
  (size: string): Answer =>
  (_, wire) => {
    wire.send(`* 1 FETCH (UID 1 BODY[] {${size}}\r\n`)
    return wire.pump(forever(block))
  }

/** One byte a second, for ever. */
export const drip = (text: string) => async (wire: Wire) => {
  for (let n = 0; !wire.isOver; n++) {
    wire.send(text[n % text.length] ?? '')
    await new Promise((resolve) => setTimeout(resolve, 1_000).unref())
  }
}

/** Repeatable noise: no line of it is IMAP. */
export function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 12_345
  for (let n = 0; n < length; n++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    bytes[n] = state >> 16
  }
  return bytes
}

export const garbage: Answer = (_, wire) => wire.pump(forever(noise(4_096).toString('latin1')))

export const inbox = (folder: Partial<Folder>): readonly Folder[] =>
  benignFolders.map((one, n) => (n === 0 ? { ...one, ...folder } : one))

export const listed = (...names: readonly string[]): Script => ({
  folders: [...benignFolders, ...names.map((name) => ({ name, uidValidity: 7, messages: [] }))],
})

export const literalName = (name: string) => `{${Buffer.byteLength(name, 'latin1')}}\r\n${name}`

/** `count` LIST lines, or lines without end. */
export const listFlood = (count: number): Script =>
  on(/^LIST$/, async (command, wire, serve) => {
    if (/^"" ""/.test(command.args)) return serve()
    let n = 0
    await wire.pump(() => {
      if (n >= count) return null
      let lines = ''
      for (const end = Math.min(count, n + 1_000); n < end; n++) lines += `* LIST (\\HasNoChildren) "/" "Folder ${n}"\r\n`
      return lines
    })
    ok(command, wire)
  })

export const flood =
  (line: (n: number) => string): Answer =>
  (_, wire) => {
    let n = 0
    return wire.pump(() => {
      let lines = ''
      for (let end = n + 1_000; n < end; n++) lines += line(n)
      return lines
    })
  }

export const examineWith =
  (lines: string): Answer =>
  (command, wire, serve) => {
    if (!command.args.includes('INBOX')) return serve()
    wire.open(command.args)
    wire.send('* FLAGS (\\Seen)\r\n', lines, `${command.tag} OK [READ-ONLY] open\r\n`)
  }

export const bye: Answer = (_, wire) => {
  wire.send('* BYE going down\r\n')
  wire.end()
}

export const listedMessage = (n: number) =>
  `* ${n + 1} FETCH (UID ${n + 1} FLAGS (\\Seen) INTERNALDATE "17-Jul-2025 02:44:25 +0200" RFC822.SIZE 10)\r\n`

export const manyRanges = (count: number) =>
  Array.from({ length: count }, (_, n) => `${n * 40_000 + 1}:${n * 40_000 + 39_999}`).join(',')

/** Without these the source compares lists instead of asking what has changed. */
export const quick = `${defaultCapabilities} CONDSTORE QRESYNC`
/** Names the modification number in EXAMINE, and sends `extra` before the list of what changed since the first run. */
export const sinceFirstRun = (extra: string): Script => ({
  capabilities: quick,
  answer: (command, wire, serve) => {
    if (/^(EXAMINE|SELECT)$/.test(command.name)) wire.send('* OK [HIGHESTMODSEQ 50] m\r\n')
    if (/CHANGEDSINCE/.test(command.args)) wire.send(extra)
    return serve()
  },
})

/** Encrypted from the start by STARTTLS; `answer` is given the STARTTLS command. */
export const startTls = (answer: Answer): Script => ({ security: 'starttls', ...on(/^STARTTLS$/, answer) })
