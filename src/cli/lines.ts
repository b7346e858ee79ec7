/** Lines that a person types, or a pipe brings, one after the other. */
import { createInterface } from 'node:readline'
import { AppError } from '../core/errors.ts'
import type { Terminal } from './terminal.ts'

export class Lines implements Disposable {
  readonly #terminal: Terminal
  #open: { readonly lines: AsyncIterator<string>; close(): void } | null = null

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /**
   * Asks on stderr. What is typed is shown.
   * @throws AppError `cancelled` at the end of the input and when the signal aborts
   */
  async ask(question: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    await this.#terminal.stderr.write(question)
    this.#open ??= this.#start()
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    stopped.catch(() => {})
    const line: IteratorResult<string, unknown> = await Promise.race([this.#open.lines.next(), stopped])
    if (line.done) throw new AppError('cancelled', 'The input has ended.', { advice: 'Run the command again to go on.' })
    return line.value.trim()
  }

  #start(): { readonly lines: AsyncIterator<string>; close(): void } {
    const input = createInterface({ input: this.#terminal.stdin, terminal: false })
    return { lines: input[Symbol.asyncIterator](), close: () => input.close() }
  }

  [Symbol.dispose](): void {
    this.#open?.close()
  }
}
