/**
 * `account add google --workspace`, `account add microsoft --tenant`: an administrator lets Lifeboat in, and the people are
 * chosen of whom a backup is kept.
 */
import type { App, Member, OrganisationKey } from '../../api/contract.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { exitCodes } from '../../core/messages.ts'
import { fileText } from '../given-file.ts'
import { interruptible } from '../interrupt.ts'
import { Lines } from '../lines.ts'
import { canAsk } from '../password.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { chosenSettings, type GoogleOptions } from './account-google.ts'
import { keySteps } from './workspace-steps.ts'

/** What differs from one provider to the next. */
export interface KeyedOrganisation {
  readonly provider: string
  /** The key's file, as text. */
  keyFile(app: App, lines: Lines, signal: AbortSignal): Promise<string>
  settings(lines: Lines, signal: AbortSignal): Promise<JsonObject>
  /** A setting of accounts that are read with a key. */
  readonly mark: string
}

export async function addWorkspace(session: Session, options: GoogleOptions): Promise<number> {
  const { terminal } = session
  return await addOrganisation(session, options, {
    provider: 'google',
    async keyFile(app, lines, signal) {
      const file = {
        ...{ given: options.clientFile, wanted: 'Google wants a key file', option: '--client-file FILE', steps: keySteps },
        check: async (keyFile: string) => void (await app.readKeyFile({ provider: 'google', keyFile, settings: {} })),
      }
      return await fileText(terminal, lines, file, signal)
    },
    settings: async (lines, signal) => {
      const admin =
        options.admin ?? (await ask(terminal, lines, 'Your address as the administrator: ', '--admin ADDRESS', signal))
      return { ...chosenSettings(options), admin: admin.toLowerCase(), everybody: options.everybody === true }
    },
    mark: 'serviceAccount',
  })
}

export type OrganisationOptions = Pick<GoogleOptions, 'only' | 'users' | 'everybody' | 'secrets' | 'json'>

export async function addOrganisation(
  { terminal, loadApp }: Session,
  options: OrganisationOptions,
  organisation: KeyedOrganisation,
): Promise<number> {
  const app = await loadApp()
  const { provider } = organisation
  using lines = new Lines(terminal)
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  return await interruptible(say, async (signal) => {
    const keyFile = await organisation.keyFile(app, lines, signal)
    const only = options.only === undefined ? {} : { services: options.only }
    const settings = await organisation.settings(lines, signal)
    const key = await app.readKeyFile({ provider, keyFile, ...only, settings })
    for (const step of key.steps) say(`  ${printable(step)}`)
    const members = await listed(app, provider, terminal, lines, key, signal)
    for (const [n, member] of members.entries()) say(lineOf(n + 1, member))
    const choice = await choose(terminal, lines, options, members, signal)
    const chosen = choice.members.map((member) => ({ ...member, settings: { ...member.settings, everybody: choice.everybody } }))
    const { added, renewed } = await addAll(app, organisation, chosen, key.secret, options, say)
    const text = options.json
      ? printableJson({ added, renewed })
      : `${counted(added)} added${renewed.length === 0 ? '' : `, ${renewed.length} ${renewed.length === 1 ? 'has' : 'have'} the new key`}. Next: lifeboat backup --vault FOLDER`
    await terminal.stdout.write(`${text}\n`)
    return exitCodes.ok
  })
}

function counted({ length }: readonly string[]): string {
  return length === 1 ? '1 account is' : `${length} accounts are`
}

/** In a terminal the administrator may still do what is missing. */
async function listed(
  app: App,
  provider: string,
  terminal: Terminal,
  lines: Lines,
  { settings, secret }: OrganisationKey,
  signal: AbortSignal,
): Promise<readonly Member[]> {
  for (;;) {
    try {
      return await app.members({ provider, settings, secret }, signal)
    } catch (error) {
      if (!(error instanceof AppError) || !hasCode(error, 'permission', 'auth') || !canAsk(terminal)) throw error
      await terminal.stderr.write(`✗ ${printable(error.message)} ${printable(error.advice ?? '')}\n`)
      await lines.ask('Press Enter to look again: ', signal)
    }
  }
}

function lineOf(n: number, { user, name, skipped }: Member): string {
  return printable(
    `${String(n).padStart(4)}  ${user}${name === '' ? '' : ` (${name})`}${skipped === undefined ? '' : `: ${skipped}`}`,
  )
}

interface Chosen {
  readonly members: readonly Member[]
  readonly everybody: boolean
}

async function choose(
  terminal: Terminal,
  lines: Lines,
  options: OrganisationOptions,
  members: readonly Member[],
  signal: AbortSignal,
): Promise<Chosen> {
  const well = members.filter(({ skipped }) => skipped === undefined)
  if (options.everybody === true) return { members: well, everybody: true }
  const question = 'Whose accounts? Numbers or addresses with commas between, or "all" for everybody, also who comes later: '
  const answer = options.users ?? (await ask(terminal, lines, question, '--users ADDRESSES or --everybody', signal))
  if (answer.trim().toLowerCase() === 'all') return { members: well, everybody: true }
  const names = answer.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim().toLowerCase()]))
  return { members: names.map((name) => memberCalled(name, members)), everybody: false }
}

function memberCalled(name: string, members: readonly Member[]): Member {
  const member = /^\d+$/.test(name) ? members[Number(name) - 1] : members.find(({ user }) => user === name)
  if (member === undefined) throw new AppError('usage', `The organisation has no "${name}". Nothing was added.`)
  if (member.skipped !== undefined) throw new AppError('usage', `${member.user}: ${member.skipped} Nothing was added.`)
  return member
}

/** Whoever is there already gets the new key. */
async function addAll(
  app: App,
  { provider, mark }: KeyedOrganisation,
  members: readonly Member[],
  secret: string,
  { only, secrets }: OrganisationOptions,
  say: (text: string) => void,
): Promise<{ readonly added: readonly string[]; readonly renewed: readonly string[] }> {
  const known = await app.listAccounts()
  const added: string[] = []
  const renewed: string[] = []
  for (const { user, settings } of members) {
    const account = known.find(({ connections }) =>
      connections.some((each) => each.provider === provider && each.settings['user'] === user),
    )
    const isOurs = account?.connections.some((each) => Boolean(each.settings[mark])) === true
    if (account !== undefined && !isOurs) say(`${printable(user)} is there already, with a sign-in of its own: left as it is.`)
    else if (account !== undefined) {
      await app.renewSecret(account.id, provider, secret)
      renewed.push(account.id)
    } else {
      const services = only === undefined ? {} : { services: only }
      await app.addAccount({
        id: user,
        connections: [{ provider, ...services, settings }],
        secret: { place: { kind: secrets }, value: secret },
      })
      added.push(user)
    }
  }
  return { added, renewed }
}

export async function ask(
  terminal: Terminal,
  lines: Lines,
  question: string,
  option: string,
  signal: AbortSignal,
): Promise<string> {
  if (canAsk(terminal)) return (await lines.ask(question, signal)).trim()
  throw new AppError('usage', `There is no terminal to ask in. Add: ${option}`)
}
