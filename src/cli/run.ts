/** Runs one command line and turns whatever happens into a sentence and an exit code. */
import { CommanderError } from 'commander'
import { AppError, type ErrorCode, toAppError } from '../core/errors.ts'
import { errorTexts } from '../core/messages.ts'
import { printable, printableJson } from './printable.ts'
import { createProgram } from './program.ts'
import type { LoadApp } from './session.ts'
import type { Output, Terminal } from './terminal.ts'

/** @returns the exit code, once everything is written */
export async function run(argv: readonly string[], terminal: Terminal, loadApp: LoadApp): Promise<number> {
  const written: Promise<boolean>[] = []
  let usageError = ''
  let exitCode = 0
  const program = createProgram({ terminal, loadApp }, (code) => {
    exitCode = code
  })
  forEachCommand(program, (command) =>
    command.exitOverride().configureOutput({
      writeOut: (text) => written.push(terminal.stdout.write(text)),
      writeErr: (text) => written.push(terminal.stderr.write(text)),
      outputError: (text) => {
        usageError = text
      },
      getOutHelpWidth: () => Math.min(terminal.stdout.columns, 110),
      getErrHelpWidth: () => Math.min(terminal.stderr.columns, 110),
    }),
  )
  try {
    await program.parseAsync(argv, { from: 'user' })
    await Promise.all(written)
    if (terminal.stdout.failure !== null) throw notPrinted(terminal.stdout.failure)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || usageError === '')) {
      return error.exitCode === 0 ? 0 : errorTexts.usage.exitCode
    }
    const failure = error instanceof CommanderError ? new AppError('usage', usageSentence(usageError)) : error
    return await reportFailure(failure, terminal, argv)
  } finally {
    await Promise.all(written)
  }
}

/** Half a message must not be taken for a whole one. */
function notPrinted(cause: NodeJS.ErrnoException): AppError {
  const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT'
  const message = `Not all of the output could be written${isFull ? ': the disk is full' : ` (${cause.code ?? cause.message})`}.`
  return new AppError(isFull ? 'disk-full' : 'disk-failed', message, { cause, advice: 'Write it to another place.' })
}

type Program = ReturnType<typeof createProgram>

function forEachCommand(command: Program, visit: (command: Program) => void): void {
  visit(command)
  for (const child of command.commands) forEachCommand(child, visit)
}

/** A value glued to an unknown option may be a password somebody typed (`--password=…`): it is not repeated. */
function usageSentence(text: string): string {
  const sentence = text
    .replace(/^error: /, '')
    .replace(/^(unknown option '[^'=]*)=.*'/s, "$1'")
    .replaceAll('\n', ' ')
    .trim()
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${/[.?!)]$/.test(sentence) ? '' : '.'}`
}

/** What the command line alone can add to the advice: the option with which a person goes on. */
const optionAdvice: Partial<Record<ErrorCode, string>> = {
  'vault-absent': 'If a new vault is meant to be there, run lifeboat backup with --new-vault.',
}

/** Says what went wrong and what to do, with `--json` also as the one JSON document. Answers the exit code. */
export async function reportFailure(error: unknown, terminal: Terminal, argv: readonly string[]): Promise<number> {
  const failure = toAppError(error)
  const { code, message } = failure
  const advice = [failure.advice ?? errorTexts[code].advice, optionAdvice[code] ?? ''].join(' ').trim()
  if (argv.includes('--json')) await terminal.stdout.write(`${printableJson({ error: { code, message, advice } })}\n`)
  await terminal.stderr.write(`${printable(message)}\n${printable(advice)}\n`)
  if (terminal.env.LIFEBOAT_DEBUG === '1') await writeStack(failure, terminal.stderr)
  return errorTexts[code].exitCode
}

async function writeStack(failure: AppError, stderr: Output): Promise<void> {
  for (let error: unknown = failure; error instanceof Error; error = error.cause) {
    await stderr.write(`${(error.stack ?? String(error)).split('\n').map(printable).join('\n')}\n`)
  }
}
