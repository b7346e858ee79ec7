/** The streams a command talks to. */
import type { ReadStream } from 'node:tty'

export interface Output {
  readonly isTerminal: boolean
  /** Characters in a line of the terminal; 80 where there is none. */
  readonly columns: number
  /** Resolves once the stream takes more; `false` when nobody reads it any more (EPIPE), and then every further call too. */
  write(data: string | Uint8Array): Promise<boolean>
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
  stream.on('error', () => {
    gone = true
  })
  return {
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
