/** What all the commands that add an account share: the password, the steps to get it, and the last word. */
import { asTyped } from '../api/as-typed.ts'
import type { AccountSummary, App, FoundServer, NewSecret } from '../api/contract.ts'
import { AppError } from '../core/errors.ts'
import { askPassword, askYesNo, canAsk, readPassword, requireKeyboard } from './password.ts'
import { printable, printableJson } from './printable.ts'
import type { Terminal } from './terminal.ts'

export interface SecretOptions {
  readonly passwordStdin?: boolean
  readonly passwordCommand?: string
  readonly secrets: 'keyring' | 'file'
}

/** Before a person is asked for a password; `addAccount` decides. */
export async function refuseTaken(app: App, id: string): Promise<void> {
  const accounts = await app.listAccounts()
  if (!accounts.some((account) => account.id === id)) return
  throw new AppError('usage', `There is an account "${id}" already.`, {
    advice: `Choose another name with --id, or remove the old one first: lifeboat account remove ${asTyped(id)}`,
  })
}

/** @throws AppError `usage` where the password would have to be typed and nobody can type */
export function checkSecretSource(terminal: Terminal, options: SecretOptions): void {
  if (!options.passwordStdin && options.passwordCommand === undefined) requireKeyboard(terminal)
}

/** `whose`: of what the password is, for the question, e.g. `alice on imap.example.org`. */
export async function chooseSecret(terminal: Terminal, options: SecretOptions, whose: string): Promise<NewSecret> {
  if (options.passwordCommand !== undefined) return { place: { kind: 'command', command: options.passwordCommand } }
  const place = { kind: options.secrets }
  if (options.passwordStdin && !terminal.stdin.isTTY) return { place, value: await readPassword(terminal) }
  return { place, value: await askPassword(terminal, `Password of ${printable(whose)} (not shown): `) }
}

/** The steps to the password, what helps and what to know, each once, however many servers say it. */
export function howToGetIn(found: readonly FoundServer[]): string[] {
  const steps = [...new Set(found.flatMap((server) => server.steps))]
  const pages = [...new Set(found.flatMap(({ helpUrl }) => (helpUrl === undefined ? [] : [helpUrl])))]
  const notes = [...new Set(found.flatMap(({ note }) => (note === undefined ? [] : [note])))]
  return [
    ...(steps.length === 0 ? [] : ['How to get the password that is wanted here:']),
    ...steps.map((step, i) => `  ${i + 1}. ${step}`),
    ...(pages.length === 0 ? [] : [`  More: ${pages.join('  ')}`]),
    ...notes.map((note) => `Good to know: ${note}`),
  ]
}

/**
 * Whoever can forge DNS answers could name a server of theirs, so a person decides (RFC 6186 section 6, RFC 6764 section 8).
 * `options`: what a person adds to the command to name the servers, e.g. `--host mail.example.org`.
 */
export async function confirmServer(terminal: Terminal, hosts: readonly string[], options: string): Promise<void> {
  const names = printable(hosts.join(', '))
  if (canAsk(terminal)) {
    if (await askYesNo(terminal, `The server ${names} lies outside the domain of the address. Is it the right one?`)) return
    throw new AppError('cancelled', 'Nothing was added.', { advice: `Name the right server as in: ${printable(options)}` })
  }
  throw new AppError(
    'usage',
    `The server ${names} lies outside the domain of the address, so it is not used without being asked for.`,
    { advice: `If it is the right one, add: ${printable(options)}` },
  )
}

export async function reportAdded(terminal: Terminal, account: AccountSummary, json: boolean): Promise<void> {
  const id = printable(asTyped(account.id))
  const next = `Account ${id} is added. To see whether it works: lifeboat account test ${id}`
  await terminal.stdout.write(`${json ? printableJson({ account }) : next}\n`)
}
