/** What a person writes after `--to`, and a restore to it. */
import { existsSync, statSync } from 'node:fs'
import { basename, isAbsolute, resolve } from 'node:path'
import type { Service } from '../core/account.ts'
import type { Context } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import type { Provider } from '../core/provider.ts'
import type { Connection } from '../engine/account-backup.ts'
import { ListedElsewhere } from '../engine/listed-elsewhere.ts'
import { type RestoreOptions, restore } from '../engine/restore.ts'
import type { RestoreReport } from '../engine/restore-report.ts'
import type { Selection } from '../engine/selection.ts'
import { parseMoment } from '../vault/moment.ts'
import { providerOf } from './accounts.ts'
import { asTyped } from './as-typed.ts'
import type { ConfiguredAccount } from './config.ts'
import type { Choice, MailFormat, RestoreRequest } from './contract.ts'

type RestoreTarget = RestoreOptions['target']

const everyService: readonly Service[] = ['mail', 'contacts', 'calendar', 'files']

/**
 * The account of that name; otherwise a folder, where it is one or reads like a path.
 * @throws AppError `not-found` for what is neither
 */
export async function targetOf(
  to: string,
  format: MailFormat,
  accounts: readonly ConfiguredAccount[],
  connections: (account: ConfiguredAccount) => Promise<readonly Connection[]>,
  base: Omit<Context, 'secret'>,
  signal: AbortSignal,
): Promise<RestoreTarget> {
  const account = accounts.find(({ id }) => id === to)
  if (account !== undefined) return { name: to, connections: await forWriting(await connections(account), signal) }
  if (!isPath(to)) {
    const ids = accounts.map(({ id }) => id).join(', ')
    const known = ids === '' ? 'No accounts are set up on this computer.' : `These accounts exist: ${ids}.`
    throw new AppError('not-found', `There is no account "${to}".`, {
      advice: `${known} To restore into a folder, write --to ${asTyped(`./${to}`)}`,
    })
  }
  return { name: resolve(to), connections: [await folderConnection(resolve(to), format, base)] }
}

/** Mail goes by IMAP where the provider wants it so. */
export async function forWriting(connections: readonly Connection[], signal: AbortSignal): Promise<readonly Connection[]> {
  const byImap: Connection[] = []
  for (const { account, provider, context } of connections) {
    if (provider.mailByImap === undefined || !account.services.includes('mail')) continue
    const access = await provider.mailByImap(account, context, signal)
    if (access === null) continue
    const imap = await providerOf('imap')
    const { settings } = access
    // An access token lasts for an hour: a connection that is made later asks for another.
    const secret = async () => (await provider.mailByImap?.(account, context, signal))?.token ?? null
    byImap.push({
      account: { id: account.id, provider: imap.id, services: ['mail'], settings },
      provider: readBy({ account, provider, context }, imap),
      context: { ...context, secret },
    })
  }
  return [...byImap, ...connections]
}

/** `imap` as the way to put mail into an account that its own provider reads. */
function readBy({ account, provider, context }: Connection, imap: Provider): Provider {
  const mail = provider.fingerprints?.mail
  return {
    ...imap,
    // What reads the octets anew by Graph may do so by IMAP.
    ...(mail === undefined ? {} : { fingerprints: { mail } }),
    target(...[as, service, with_, options]: Parameters<NonNullable<Provider['target']>>) {
      if (imap.target === undefined) throw new AppError('bug', 'Mail cannot be put anywhere by IMAP.')
      const target = imap.target(as, service, with_, options)
      const { listedMail } = provider
      if (listedMail === undefined) return target
      return new ListedElsewhere(target, options.into.length > 0, (folder, put, signal) =>
        listedMail(account, context, folder, put, signal),
      )
    },
  }
}

function isPath(to: string): boolean {
  return /[/\\]/.test(to) || to === '.' || to === '..' || isAbsolute(to) || (existsSync(to) && statSync(to).isDirectory())
}

/** A folder as a provider sees it. `isScratch`: it is thrown away. */
export async function folderConnection(
  path: string,
  format: MailFormat,
  base: Omit<Context, 'secret'>,
  isScratch = false,
): Promise<Connection> {
  const provider = await providerOf('archive')
  const account = {
    id: basename(path),
    provider: provider.id,
    services: everyService,
    settings: { path, format, durable: !isScratch, labels: isScratch ? 'ignored' : 'folders' },
  }
  return { account, provider, context: { ...base, secret: async () => null } }
}

function selectionOf({ services, collection, search }: Choice): Selection {
  return {
    ...(services === undefined ? {} : { services }),
    ...(collection === undefined ? {} : { collection }),
    ...(search === undefined ? {} : { search }),
  }
}

export async function restoreInto(
  target: RestoreTarget,
  request: RestoreRequest,
  options: Pick<RestoreOptions, 'vault' | 'stateFolder' | 'signal' | 'onProgress'>,
): Promise<RestoreReport> {
  return await restore({
    ...options,
    account: request.account,
    moment: request.at === undefined ? null : parseMoment(request.at),
    selection: selectionOf(request),
    target,
    into: (request.into ?? '').split('/').filter((name) => name !== ''),
    conflict: request.conflict ?? 'skip',
    dryRun: request.dryRun === true,
  })
}
