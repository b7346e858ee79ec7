/** A file that a provider gave the person, by its name on the command line or dragged into the terminal. */
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { Lines } from './lines.ts'
import { canAsk } from './password.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** Far more than such a file has. */
const maxOctets = 64 * 1024

export interface WantedFile {
  readonly given: string | undefined
  /** E.g. `Google wants a client file`. */
  readonly wanted: string
  /** E.g. `--client-file FILE`. */
  readonly option: string
  /** How to get it. */
  readonly steps: readonly string[]
  /** @throws AppError where the text is not what is wanted */
  check?(text: string): Promise<void>
}

/** Its text. In a terminal it is asked for until it is right. */
export async function fileText(terminal: Terminal, lines: Lines, file: WantedFile, signal: AbortSignal): Promise<string> {
  if (file.given !== undefined) return await checked(file, await textOf(file.given))
  requireTerminal(terminal, file)
  for (const step of file.steps) await terminal.stderr.write(`${step}\n`)
  const question = '\nThe file (drag it into this window, then press Enter): '
  return await untilRight(terminal, async () => await checked(file, await textOf(await lines.ask(question, signal))))
}

/** @throws AppError `usage` that says how else it can be given, where there is no terminal */
export function requireTerminal(terminal: Terminal, { wanted, option, steps }: WantedFile): void {
  if (canAsk(terminal)) return
  throw new AppError('usage', `${wanted}, and there is no terminal to explain how to get one.`, {
    advice: `${steps.join(' ')} Then add: ${option}`,
  })
}

/** Asks again and says why while the answer is a wrong one (`usage`). */
export async function untilRight<T>(terminal: Terminal, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'usage') throw error
      await terminal.stderr.write(`${printable(error.message)} ${printable(error.advice ?? '')}\n`)
    }
  }
}

async function checked({ check }: WantedFile, text: string): Promise<string> {
  await check?.(text)
  return text
}

async function textOf(typed: string): Promise<string> {
  const path = resolve(cleanPath(typed))
  try {
    if ((await stat(path)).size > maxOctets) throw new AppError('usage', `${path} is too large to be the right file.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('usage', `The file ${path} cannot be read.`, {
      advice: 'Check the name, and that the file was downloaded.',
    })
  }
}

/** Terminals put quotes or backslashes around what is dragged into them. */
function cleanPath(typed: string): string {
  const bare = typed.trim().replace(/^'(.*)'$|^"(.*)"$/s, '$1$2')
  const unescaped = process.platform === 'win32' || bare !== typed.trim() ? bare : bare.replace(/\\(.)/g, '$1')
  return unescaped.startsWith('~/') ? join(homedir(), unescaped.slice(2)) : unescaped
}
