/** The programs that are compared: the commands they are run with, and what shows that they did the whole work. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lifeboatCommand, lifeboatEnvironment } from '../../build/launch.mjs'
import type { BackupReport } from '../../src/engine/report.ts'
import type { VerifyReport } from '../../src/vault/verify-report.ts'
import type { Dovecot } from '../servers/dovecot.ts'
import { type Command, type Cost, type Measured, measure } from './measure.ts'

/** Keeps a copy of a mailbox in a folder of its own. */
export interface Copier {
  readonly name: string
  /** Forgets the copy, so that the next run is a first one. */
  clear(): void
  /** Brings the copy up to date. @throws unless it then has exactly `items` messages, cards, entries or files that are on the server */
  run(items: number): Promise<Cost>
}

const mainFile = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Lifeboat as people run it: the command, with a home of its own. */
export class Lifeboat implements Copier {
  readonly name = 'Lifeboat'
  readonly vault: string
  readonly #home: string
  readonly #user: string

  private constructor(folder: string, user: string) {
    this.#home = join(folder, 'home')
    this.vault = join(folder, 'vault')
    this.#user = user
    mkdirSync(this.#home, { recursive: true })
  }

  static create(folder: string, { host, port }: Dovecot, user: string, password: string): Lifeboat {
    const server = ['--host', host, '--port', String(port), '--insecure']
    return Lifeboat.with(folder, user, ['imap', '--user', user, ...server], password)
  }

  /** `kind`: what comes after `account add`. */
  static with(folder: string, id: string, kind: readonly string[], password: string): Lifeboat {
    const lifeboat = new Lifeboat(folder, id)
    lifeboat.#add(['account', 'add', ...kind, '--id', id, '--password-stdin', '--secrets', 'file'], password)
    return lifeboat
  }

  #add(argv: readonly string[], password: string): void {
    const env = { ...process.env, LIFEBOAT_HOME: this.#home }
    const { status, stderr } = spawnSync(process.execPath, [mainFile, ...argv], { env, input: password, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }

  /** One more account on the server, of the same name as the user. */
  add({ host, port }: Dovecot, user: string, password: string): void {
    this.#add(
      [
        'account',
        'add',
        'imap',
        '--user',
        user,
        '--host',
        host,
        '--port',
        String(port),
        '--insecure',
        '--id',
        user,
        '--password-stdin',
        '--secrets',
        'file',
      ],
      password,
    )
  }

  command(...argv: readonly string[]): Promise<Measured> {
    return measure({ argv: lifeboatCommand(argv), env: { ...lifeboatEnvironment, LIFEBOAT_HOME: this.#home } })
  }

  clear(): void {
    rmSync(this.vault, { recursive: true, force: true })
    rmSync(join(this.#home, 'cache', 'vaults'), { recursive: true, force: true })
  }

  /** `viewer`: with START HERE.html, which the others have nothing like. */
  async run(items: number, viewer = false): Promise<Cost> {
    const place = ['--vault', this.vault, '--new-vault', ...(viewer ? [] : ['--no-viewer']), '--account', this.#user]
    const { stdout, ...cost } = await this.command('backup', ...place, '--json')
    const report = JSON.parse(stdout) as BackupReport
    const stored = report.accounts.flatMap(({ collections }) => collections).reduce((sum, one) => sum + one.stored, 0)
    if (stored !== items) throw new Error(`Lifeboat stored ${stored} of ${items}.`)
    return cost
  }

  async verify(): Promise<Cost> {
    const { stdout, ...cost } = await this.command('verify', '--vault', this.vault, '--json')
    if (!(JSON.parse(stdout) as VerifyReport).sound) throw new Error('The vault is not sound.')
    return cost
  }
}

/** Debian's isync, to Maildir. It keeps what was removed on the server, as Lifeboat does. */
export class Mbsync implements Copier {
  readonly name: string
  readonly #folder: string
  readonly #config: string
  readonly #mail: string

  constructor(folder: string, { host, port }: Dovecot, user: string, password: string, fsync: boolean) {
    this.name = fsync ? 'mbsync' : 'mbsync, its fsync off'
    this.#folder = folder
    this.#config = join(folder, 'mbsyncrc')
    this.#mail = join(folder, 'mail')
    mkdirSync(folder, { recursive: true })
    const lines = [
      ...(fsync ? [] : ['FSync no', '']),
      ...[
        'IMAPAccount far',
        `Host ${host}`,
        `Port ${port}`,
        `User ${user}`,
        `Pass ${password}`,
        'SSLType None',
        'AuthMechs LOGIN',
        '',
      ],
      ...['IMAPStore far', 'Account far', ''],
      ...['MaildirStore near', `Path ${this.#mail}/`, `Inbox ${this.#mail}/INBOX`, 'SubFolders Verbatim', ''],
      ...['Channel all', 'Far :far:', 'Near :near:', 'Patterns *', 'Create Near', 'Sync Pull', 'SyncState *', ''],
    ]
    writeFileSync(this.#config, lines.join('\n'), { mode: 0o600 })
  }

  clear(): void {
    rmSync(this.#mail, { recursive: true, force: true })
    mkdirSync(this.#mail)
  }

  async run(messages: number): Promise<Cost> {
    const command: Command = { argv: ['mbsync', '-c', this.#config, '-a'], env: { HOME: this.#folder } }
    const { stdout: _, ...cost } = await measure(command)
    const copied = this.#count()
    if (copied < messages) throw new Error(`${this.name} copied ${copied} of ${messages} messages.`)
    return cost
  }

  #count(): number {
    const files = readdirSync(this.#mail, { recursive: true, encoding: 'utf8' })
    return files.filter((path) => /\/(?:cur|new)\/[^/]+$/.test(`/${path}`)).length
  }
}

const floors = {
  socket: import.meta.resolve('./floors/socket.ts'),
  kept: import.meta.resolve('./floors/kept.ts'),
  imapflow: import.meta.resolve('./floors/imapflow.ts'),
  'list-status': import.meta.resolve('./floors/list-status.ts'),
} as const

export type FloorName = keyof typeof floors

/** Runs a floor; it answers the number it printed too. */
export async function runFloor(
  name: FloorName,
  { host, port }: Dovecot,
  user: string,
  password: string,
): Promise<Cost & { readonly said: number }> {
  const { stdout, ...cost } = await measure({
    argv: [process.execPath, fileURLToPath(floors[name]), host, String(port), user, password],
  })
  return { ...cost, said: Number(stdout) }
}
