/** `account add google` and `account signin`: a person is led through Google's pages, and each step is checked. */
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { App, SignedIn, SignInPrompt } from '../../api/contract.ts'
import { openOutside } from '../../api/open.ts'
import { AppError } from '../../core/errors.ts'
import { exitCodes } from '../../core/messages.ts'
import type { JsonObject, Service } from '../../core/types.ts'
import { refuseTaken } from '../adding.ts'
import { interruptible } from '../interrupt.ts'
import { Lines } from '../lines.ts'
import { canAsk } from '../password.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { clientSteps, warningScreen } from './google-steps.ts'

export interface GoogleOptions {
  readonly user?: string
  readonly id?: string
  readonly clientFile?: string
  readonly only?: readonly Service[]
  readonly browser: boolean
  readonly formats?: readonly string[]
  readonly leaveOut?: readonly string[]
  readonly revisions?: boolean
  readonly convert?: boolean
  /** An administrator adds people of an organisation. */
  readonly workspace?: boolean
  readonly admin?: string
  /** Addresses with commas between. */
  readonly users?: string
  readonly everybody?: boolean
  readonly secrets: 'keyring' | 'file'
  readonly json?: boolean
}

export interface SignInOptions {
  readonly browser: boolean
  readonly forRestore?: boolean
  readonly json?: boolean
}

/** Far more than Google's file has. */
const maxClientFile = 64 * 1024

/** What differs from one provider to the next. */
export interface BrowserAccount {
  readonly provider: string
  readonly settings: JsonObject
  /** What `Provider.readClientFile` takes. */
  clientFile(lines: Lines, signal: AbortSignal): Promise<string | null>
  /** What the person sees in the browser. */
  readonly beforehand: readonly string[]
}

export async function addGoogleAccount(session: Session, options: GoogleOptions): Promise<number> {
  const wantedFile = { given: options.clientFile, steps: clientSteps, what: 'a client file' }
  return await addBrowserAccount(session, options, {
    provider: 'google',
    settings: chosenSettings(options),
    clientFile: (lines, signal) => keyFileText(session.terminal, lines, wantedFile, signal),
    beforehand: warningScreen,
  })
}

type AddOptions = Pick<GoogleOptions, 'user' | 'id' | 'only' | 'browser' | 'secrets' | 'json'>

export async function addBrowserAccount(
  { terminal, loadApp }: Session,
  options: AddOptions,
  account: BrowserAccount,
): Promise<number> {
  const app = await loadApp()
  const wanted = options.id ?? options.user
  if (wanted !== undefined) await refuseTaken(app, wanted)
  using lines = new Lines(terminal)
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  return await interruptible(say, async (signal) => {
    const { provider } = account
    const clientFile = await account.clientFile(lines, signal)
    const only = options.only === undefined ? {} : { services: options.only }
    const settings = { ...account.settings, ...(options.user === undefined ? {} : { user: options.user }) }
    for (const line of account.beforehand) await terminal.stderr.write(`${line}\n`)
    const prompt = signInPrompt(terminal, lines, options.browser)
    const signedIn = await app.signIn({ provider, clientFile, ...only, settings, keep: options.secrets }, prompt, signal)
    refuseOtherUser(options.user, signedIn.user)
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

/** What a person chose of what is saved, and how. */
export function chosenSettings({ formats, leaveOut = [], revisions, convert }: GoogleOptions): JsonObject {
  const files = {
    ...(formats === undefined ? {} : { formats }),
    ...(revisions === true ? { revisions } : {}),
    ...(convert === true ? { convert } : {}),
  }
  return {
    ...(leaveOut.length === 0 ? {} : { mail: Object.fromEntries(leaveOut.map((kind) => [kind, false])) }),
    ...(Object.keys(files).length === 0 ? {} : { files }),
  }
}

export async function signInAgain({ terminal, loadApp }: Session, id: string, options: SignInOptions): Promise<number> {
  const app = await loadApp()
  using lines = new Lines(terminal)
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  const { user, notes } = await interruptible(say, (signal) =>
    app.signInAgain(id, signInPrompt(terminal, lines, options.browser, options.forRestore), signal),
  )
  for (const note of notes) await terminal.stderr.write(`Good to know: ${printable(note)}\n`)
  const text = options.json
    ? printableJson({ account: id, user, notes })
    : `Signed in as ${printable(user)}. ${options.forRestore === true ? afterForRestore : 'Backups go on as before.'}`
  await terminal.stdout.write(`${text}\n`)
  return exitCodes.ok
}

const afterForRestore =
  'Lifeboat may write to this account now, for a restore. To take that back afterwards, sign in again without --for-restore.'

function signInPrompt(terminal: Terminal, lines: Lines, hasBrowser: boolean, forRestore = false): SignInPrompt {
  const question = 'When the browser ends at a page that cannot be opened, copy its whole address to here and press Enter:\n'
  return {
    forRestore,
    async open(url) {
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
            const where = `${why === undefined ? '' : `${why}\n\n`}Open this page on any device with a browser:\n\n  ${printable(page)}\n\nand type this code there: ${printable(code)}\n\n`
            await terminal.stderr.write(`${where}Waiting until you have signed in there.\n`)
          },
        }),
  }
}

function refuseOtherUser(wanted: string | undefined, user: string): void {
  if (wanted === undefined || wanted.toLowerCase() === user.toLowerCase()) return
  throw new AppError('usage', `You signed in as ${user}, not as ${wanted}. Nothing was added.`, {
    advice: `Run the command again and choose ${wanted} in the browser, or leave --user away.`,
  })
}

interface WantedFile {
  readonly given: string | undefined
  /** How to get it. */
  readonly steps: readonly string[]
  readonly what: string
}

export async function keyFileText(
  terminal: Terminal,
  lines: Lines,
  { given, steps, what }: WantedFile,
  signal: AbortSignal,
): Promise<string> {
  if (given !== undefined) return await readClientFile(given)
  if (!canAsk(terminal)) {
    throw new AppError('usage', `Google wants ${what}, and there is no terminal to explain how to get one.`, {
      advice: `${steps.join(' ')} Then add: --client-file FILE`,
    })
  }
  for (const step of steps) await terminal.stderr.write(`${step}\n`)
  for (;;) {
    const typed = await lines.ask('\nThe file (drag it into this window, then press Enter): ', signal)
    try {
      return await readClientFile(typed)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await terminal.stderr.write(`${printable(error.message)} ${printable(error.advice ?? '')}\n`)
    }
  }
}

async function readClientFile(typed: string): Promise<string> {
  const path = resolve(cleanPath(typed))
  try {
    if ((await stat(path)).size > maxClientFile) throw new AppError('usage', `${path} is too large for a client file.`)
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
