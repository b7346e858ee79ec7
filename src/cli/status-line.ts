/** One line at the bottom of a terminal that is updated in place, or plain lines now and then where there is no terminal. */
import { shorten } from './format.ts'
import type { Output } from './terminal.ts'

export interface StatusLine {
  /** Shows the state, if enough time has passed since it was last shown. `text` is called only then. */
  update(text: () => string): void
  /** Prints a line that stays. */
  say(text: string): void
  /** Takes the updated line away. */
  end(): void
}

const clearLine = '\r\x1b[K'
const liveInterval = 100
const plainInterval = 5_000

export function liveStatus(output: Output, now: () => number): StatusLine {
  let shown = ''
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    update(text) {
      if (now() - shownAt < liveInterval) return
      shownAt = now()
      shown = shorten(text(), output.columns - 1)
      void output.write(clearLine + shown)
    },
    say(text) {
      void output.write(`${shown === '' ? '' : clearLine}${text}\n${shown}`)
    },
    end() {
      if (shown !== '') void output.write(clearLine)
      shown = ''
    },
  }
}

export function plainStatus(output: Output, now: () => number): StatusLine {
  let shownAt = now()
  return {
    update(text) {
      if (now() - shownAt < plainInterval) return
      shownAt = now()
      void output.write(`${text()}\n`)
    },
    say(text) {
      void output.write(`${text}\n`)
    },
    end() {},
  }
}
