/** Where a password comes from: standard input or the keyboard, never an argument. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { AppError } from '../core/errors.ts'
import type { Terminal } from './terminal.ts'

const maxInput = 64 * 1024

/** All of standard input without its last line end. */
export async function readPassword(terminal: Terminal): Promise<string> {
  let text = ''
  terminal.stdin.setEncoding('utf8')
  for await (const part of terminal.stdin) {
    text += part
    if (text.length > maxInput) throw new AppError('usage', 'Standard input is far too long for a password.')
  }
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new AppError('usage', 'Standard input holds no password.')
  if (/[\r\n]/.test(password)) throw new AppError('usage', 'Standard input holds more than one line; a password is one line.')
  return password
}

/** @throws AppError `usage` that says how else a password can be given */
export function requireKeyboard(terminal: Terminal): void {
  if (canAsk(terminal)) return
  throw new AppError('usage', 'There is no terminal to ask for the password.', {
    advice: 'Give it with --password-stdin (from a pipe), or name a command that prints it: --password-command "…"',
  })
}

/**
 * Asks on stderr, so that stdout stays clean, and shows nothing of what is typed.
 * @throws AppError `usage` where there is no terminal, `cancelled` after Ctrl-C
 */
export async function askPassword(terminal: Terminal, question: string): Promise<string> {
  requireKeyboard(terminal)
  const password = await ask(terminal, question, true)
  if (password === '') throw new AppError('usage', 'No password was typed.')
  return password
}

/** @returns true for `y` or `yes` */
export async function askYesNo(terminal: Terminal, question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(terminal, `${question} [y/N] `, false)).trim())
}

export function canAsk(terminal: Terminal): boolean {
  return terminal.stdin.isTTY === true && terminal.stderr.isTerminal
}

async function ask(terminal: Terminal, question: string, hidden: boolean): Promise<string> {
  // readline echoes what is typed to its output, so a hidden answer goes nowhere.
  const output = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      if (hidden) done()
      else void terminal.stderr.write(chunk).then(() => done())
    },
  })
  const lines = createInterface({ input: terminal.stdin, output, terminal: true, historySize: 0 })
  const stopped = new Promise<never>((_, reject) => {
    const stop = () =>
      reject(new AppError('cancelled', 'Stopped. Nothing was changed.', { advice: 'Run the command again to go on.' }))
    lines.on('SIGINT', stop)
    lines.on('close', stop)
  })
  stopped.catch(() => {})
  try {
    // Asked only now: what is typed before readline has the terminal would be shown.
    await terminal.stderr.write(question)
    return await Promise.race([lines.question(''), stopped])
  } finally {
    lines.close()
    await terminal.stderr.write('\n')
  }
}
