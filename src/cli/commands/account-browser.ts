/** Accounts that are signed in to with a browser: `account add google`, `account add microsoft` and `account signin`. */
import type { App, RegistrationNeed, SignedIn, SignInPrompt } from '../../api/contract.ts'
import { openOutside } from '../../api/open.ts'
import type { Service } from '../../core/account.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { exitCodes } from '../../core/messages.ts'
import { refuseTaken } from '../adding.ts'
import { interruptible } from '../interrupt.ts'
import { Lines } from '../lines.ts'
import { canAsk } from '../password.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'

export interface AddBrowserOptions {
  readonly user?: string
  readonly id?: string
  readonly only?: readonly Service[]
  readonly browser: boolean
  readonly secrets: 'keyring' | 'file'
  readonly json?: boolean
}

export interface SignInOptions {
  readonly browser: boolean
  readonly forRestore?: boolean
  readonly json?: boolean
}

/** What differs from one provider to the next. */
export interface BrowserAccount {
  readonly provider: string
  readonly settings: JsonObject
  /** What the provider gave for the registration; null for that of the program. */
  registration(app: App, lines: Lines, signal: AbortSignal): Promise<string | null>
  /** What the person sees in the browser. */
  readonly beforehand: readonly string[]
}

export async function addBrowserAccount(
  { terminal, loadApp }: Session,
  options: AddBrowserOptions,
  account: BrowserAccount,
): Promise<number> {
  const app = await loadApp()
  const wanted = options.id ?? options.user
  if (wanted !== undefined) await refuseTaken(app, wanted)
  using lines = new Lines(terminal)
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  return await interruptible(say, async (signal) => {
    const { provider } = account
    const clientFile = await account.registration(app, lines, signal)
    const only = options.only === undefined ? {} : { services: options.only }
    const settings = { ...account.settings, ...(options.user === undefined ? {} : { user: options.user }) }
    for (const line of account.beforehand) await terminal.stderr.write(`${line}\n`)
    const prompt = signInPrompt(terminal, lines, options.browser)
    const signedIn = await untilSignedIn(terminal, lines, signal, async () => {
      const answer = await app.signIn({ provider, clientFile, ...only, settings, keep: options.secrets }, prompt, signal)
      refuseOtherUser(options.user, answer.user)
      return answer
    })
    const id = options.id ?? signedIn.user
    await app.addAccount({
      id,
      connections: [{ provider, ...only, settings: signedIn.settings }],
      secret: { place: { kind: options.secrets }, value: signedIn.secret },
    })
    await terminal.stderr.write(`Signed in as ${printable(signedIn.user)}.\n`)
    for (const note of signedIn.notes) await terminal.stderr.write(`Good to know: ${printable(note)}\n`)
    const isWell = await checkUntilWell(app, terminal, lines, id, signal)
    await reportAdded(terminal, id, signedIn, isWell, options.json === true)
    return exitCodes.ok
  })
}

export async function signInAgain({ terminal, loadApp }: Session, id: string, options: SignInOptions): Promise<number> {
  const app = await loadApp()
  using lines = new Lines(terminal)
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  const { user, notes } = await interruptible(say, async (signal) => {
    const prompt = signInPrompt(terminal, lines, options.browser, options.forRestore)
    return await untilSignedIn(terminal, lines, signal, () => app.signInAgain(id, prompt, signal))
  })
  for (const note of notes) await terminal.stderr.write(`Good to know: ${printable(note)}\n`)
  const text = options.json
    ? printableJson({ account: id, user, notes })
    : `Signed in as ${printable(user)}. ${options.forRestore === true ? afterForRestore : 'Backups go on as before.'}`
  await terminal.stdout.write(`${text}\n`)
  return exitCodes.ok
}

const afterForRestore =
  'Lifeboat may write to this account now, for a restore. To take that back afterwards, sign in again without --for-restore.'

/** The registration's steps as the command shows them. */
export function numbered({ steps }: RegistrationNeed): string[] {
  return steps.en.map((step, n) => `  ${n + 1}. ${step}`)
}

function signInPrompt(terminal: Terminal, lines: Lines, hasBrowser: boolean, forRestore = false): SignInPrompt {
  const question = 'When the browser ends at a page that cannot be opened, copy its whole address to here and press Enter:\n'
  return {
    forRestore,
    async open(url, why) {
      if (why !== undefined) await terminal.stderr.write(`${printable(why)}\n\n`)
      await terminal.stderr.write(`Open this page in your browser to sign in:\n\n  ${printable(url)}\n\n`)
      if (!hasBrowser) return
      openOutside(url, terminal.env)
      await terminal.stderr.write(
        'Waiting until you have signed in there. On a computer without a browser, stop and use --no-browser.\n',
      )
    },
    ...(hasBrowser
      ? {}
      : {
          paste: (signal) => lines.ask(question, signal),
          code: async (page, code, why) => {
            const where = `${why === undefined ? '' : `${printable(why)}\n\n`}Open this page on any device with a browser:\n\n  ${printable(page)}\n\nand type this code there: ${printable(code)}\n\n`
            await terminal.stderr.write(`${where}Waiting until you have signed in there.\n`)
          },
        }),
  }
}

/** In a terminal, whoever cancelled, left a box unticked or took another account may try again. */
async function untilSignedIn<T>(terminal: Terminal, lines: Lines, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted || !canAsk(terminal) || !mayBeMended(error)) throw error
      await terminal.stderr.write(`✗ ${printable(error.message)} ${printable(error.advice ?? '')}\n`)
      const answer = await lines.ask('Press Enter to sign in once more, or type "stop": ', signal)
      if (answer !== '') throw error
    }
  }
}

function mayBeMended(error: unknown): error is AppError {
  return hasCode(error, 'auth', 'permission', 'cancelled', 'usage')
}

function refuseOtherUser(wanted: string | undefined, user: string): void {
  if (wanted === undefined || wanted.toLowerCase() === user.toLowerCase()) return
  throw new AppError('usage', `You signed in as ${user}, not as ${wanted}. Nothing was added.`, {
    advice: `Run the command again and choose ${wanted} in the browser, or leave --user away.`,
  })
}

/** Says what works; in a terminal the person may mend what does not and have it looked at again. */
async function checkUntilWell(app: App, terminal: Terminal, lines: Lines, id: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    let isWell = true
    for await (const { ok, text } of app.testAccount(id, signal)) {
      isWell &&= ok
      await terminal.stderr.write(`${ok ? '✓' : '✗'} ${printable(text)}\n`)
    }
    if (isWell || !canAsk(terminal)) return isWell
    const answer = await lines.ask('Press Enter to look again, or type "later" to go on: ', signal)
    if (answer !== '') return false
  }
}

async function reportAdded(terminal: Terminal, id: string, signedIn: SignedIn, isWell: boolean, json: boolean): Promise<void> {
  const name = /^[\w@.+-]+$/.test(id) ? id : `"${printable(id)}"`
  const next = isWell ? 'lifeboat backup --vault FOLDER' : `lifeboat account test ${name}`
  const text = json
    ? printableJson({ account: { id, user: signedIn.user, works: isWell, notes: signedIn.notes } })
    : `Account ${name} is added. Next: ${next}`
  await terminal.stdout.write(`${text}\n`)
}
