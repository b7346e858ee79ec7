/** The streams a command talks to. */
import type { ReadStream } from 'node:tty'

export interface Output {
  readonly isTerminal: boolean
  /** Characters in a line of the terminal; 80 where there is none. */
  readonly columns: number
  /** Resolves once the stream takes more; `false` when nobody reads it any more (EPIPE), and then every further call too. */
  write(data: string | Uint8Array): Promise<boolean>
  /** Why not all of it could be written, e.g. to a file on a full disk; null also where nobody reads any more. */
  readonly failure: NodeJS.ErrnoException | null
}

export interface Terminal {
  readonly stdin: ReadStream
  readonly stdout: Output
  readonly stderr: Output
  readonly env: NodeJS.ProcessEnv
}

export function processTerminal(): Terminal {
  return { stdin: process.stdin, stdout: output(process.stdout), stderr: output(process.stderr), env: process.env }
}

function output(stream: NodeJS.WriteStream): Output {
  let gone = false
  let failure: NodeJS.ErrnoException | null = null
  stream.on('error', (error: NodeJS.ErrnoException) => {
    gone = true
    if (error.code !== 'EPIPE' && error.code !== 'EIO') failure ??= error
  })
  return {
    get failure() {
      return failure
    },
    get isTerminal() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.columns || 80
    },
    write: (data) =>
      gone ? Promise.resolve(false) : new Promise((resolve) => stream.write(data, (error) => resolve(error == null && !gone))),
  }
}
