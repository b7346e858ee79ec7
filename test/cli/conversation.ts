/** A command that is talked with: what it shows is waited for, and answers are typed. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { patience } from '../fixtures/patience.ts'

export class Conversation {
  readonly ended: Promise<number | null>
  readonly #child: ChildProcessWithoutNullStreams
  #shown = ''
  #hasEnded = false
  #wake: () => void = () => undefined

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    const take = (text: string) => {
      this.#shown += text
      this.#wake()
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    child.stdin.on('error', () => undefined)
    this.ended = new Promise((resolve) =>
      child.on('close', (code) => {
        this.#hasEnded = true
        this.#wake()
        resolve(code)
      }),
    )
  }

  /** Waits until it shows this, and forgets what it has shown up to there. */
  async sees(expected: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = expected.exec(this.#shown)
      if (found !== null) {
        this.#shown = this.#shown.slice(found.index + found[0].length)
        return found
      }
      if (this.#hasEnded) throw new Error(`It ended and never showed ${String(expected)}: ${this.#shown}`)
      await this.#more(expected)
    }
  }

  async #more(expected: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(new Error(`It has not shown ${String(expected)}: ${this.#shown}`))
      const timer = setTimeout(late, patience)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  types(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Nothing more is typed. */
  async finish(): Promise<number | null> {
    this.#child.stdin.end()
    return await this.ended
  }

  stop(): void {
    this.#child.kill()
  }
}
