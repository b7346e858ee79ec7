/** The commands that bring things back, and their options. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CollectCommandOptions } from './commands/collect.ts'
import type { DrillCommandOptions } from './commands/drill.ts'
import type { RestoreCommandOptions } from './commands/restore.ts'
import type { StatusCommandOptions } from './commands/status.ts'
import { examples } from './examples.ts'
import { collect, progressOption } from './options.ts'
import type { Session } from './session.ts'

export function addRestoreCommand(program: Command, session: Session, done: (exitCode: number) => void): void {
  program
    .command('restore')
    .description('bring an account, as it was at any time, back to a provider or into a folder; what is there stays')
    .requiredOption('--vault <folder>', 'the vault; nothing in it changes')
    .requiredOption('--account <id>', 'the account in the vault')
    .requiredOption('--to <target>', 'an account of this computer (lifeboat account list), or a folder')
    .option(
      '--at <time>',
      'as it was then: a date, a time, "before 2026-03-01", or a backup such as 2026-11-22T073105Z (default: the last one)',
    )
    .addOption(serviceOption())
    .option('--collection <name>', 'only this folder, address book or calendar, with what is below it')
    .option('--search <words>', 'only what holds all these words in subject, name, sender, recipient or path')
    .option('--into <name>', 'put everything below a folder of this name instead of at its own place')
    .addOption(
      new Option('--format <form>', 'how mail is written into a folder (default: maildir)').choices(['maildir', 'mbox', 'eml']),
    )
    .addOption(
      new Option(
        '--conflict <rule>',
        'where something else is in an item’s place: skip it, keep both, or replace what is there, which is kept on this computer',
      )
        .choices(['skip', 'keep-both', 'replace'])
        .default('skip'),
    )
    .option('--dry-run', 'only say what would happen')
    .option('--json', 'print one JSON document at the end')
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'lifeboat restore --vault /backup --account alice@example.com --to new@example.org --dry-run',
        'lifeboat restore --vault /backup --account alice@example.com --to new@example.org',
        'lifeboat restore --vault /backup --account home --to ./restored --at "before 2026-03-01" --collection Clients',
      ),
    )
    .action(async (options: RestoreCommandOptions) => {
      const { restore } = await import('./commands/restore.ts')
      done(await restore(session, options))
    })
}

export function addDrillCommands(program: Command, session: Session, done: (exitCode: number) => void): void {
  program
    .command('drill')
    .description('rehearse a lockout: check the disk, restore for real, compare, and write a proof that anyone can read')
    .requiredOption('--vault <folder>', 'the vault; only the proof is added to it')
    .option('--account <id>', 'only this account (can be repeated)', collect)
    .option('--to <account>', 'restore to this second account, below a folder of its own (default: a temporary folder)')
    .option('--remove', 'remove afterwards what was put into that account')
    .addOption(
      new Option(
        '--sample <number>',
        'restore and fetch again only so many items of each kind, chosen at random, or all (default: restore all, fetch 20 again)',
      ).argParser(parseSample),
    )
    .option('--scratch <folder>', "where to make the temporary folder (default: the system's place for such)")
    .option('--json', 'print the proof as one JSON document')
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'lifeboat drill --vault "/media/usb/Family vault"',
        'lifeboat drill --vault /backup --account home --sample 500',
        'lifeboat drill --vault /backup --account home --to spare@example.org --remove',
      ),
    )
    .action(async (options: DrillCommandOptions) => {
      const { drill } = await import('./commands/drill.ts')
      done(await drill(session, options))
    })

  program
    .command('status')
    .description('if you were locked out right now: what is safe, since when, when that was proven, what is missing')
    .requiredOption('--vault <folder>', 'the vault')
    .addOption(new Option('--run-days <days>', 'an older backup is too old').argParser(parseDays).default(8))
    .addOption(new Option('--proof-days <days>', 'an older proof is too old').argParser(parseDays).default(35))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples('lifeboat status --vault "/media/usb/Family vault"', 'lifeboat status --vault /backup --run-days 2'),
    )
    .action(async (options: StatusCommandOptions) => {
      const { status } = await import('./commands/status.ts')
      done(await status(session, options))
    })
}

export function addCollectCommand(program: Command, session: Session, done: (exitCode: number) => void): void {
  program
    .command('collect')
    .description(
      'take documents out of the vault: attachments and files that match, in plain folders, with a table of where each came from',
    )
    .requiredOption('--vault <folder>', 'the vault; nothing in it changes')
    .requiredOption('--out <folder>', 'where to put them; nothing that is there is overwritten')
    .addOption(new Option('--year <year>', 'only of this year').argParser(parseYear))
    .option('--from <sender>', 'only from messages of this sender (a part of name or address)')
    .option('--search <words>', 'only what holds all these words in subject, sender, recipient, name or path')
    .addOption(new Option('--type <list>', 'only these kinds of files, e.g. pdf,xlsx').argParser(parseTypes))
    .option('--account <id>', 'only this account')
    .option('--messages', 'the messages that the documents came with, too (.eml)')
    .option('--json', 'print one JSON document at the end')
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'lifeboat collect --vault "/media/usb/Family vault" --out ./tax --year 2025 --type pdf',
        'lifeboat collect --vault /backup --out ./acme --from acme.example --messages',
      ),
    )
    .action(async (options: CollectCommandOptions) => {
      const { collect: collectDocuments } = await import('./commands/collect.ts')
      done(await collectDocuments(session, options))
    })
}

function parseYear(value: string): number {
  if (!/^\d{4}$/.test(value)) throw new InvalidArgumentError('It is a year such as 2025.')
  return Number(value)
}

function parseTypes(value: string): readonly string[] {
  const types = value.split(',').map((type) => type.trim().replace(/^\./, '').toLowerCase())
  if (types.some((type) => !/^[a-z0-9]{1,10}$/.test(type))) throw new InvalidArgumentError('It is a list such as pdf,xlsx.')
  return types
}

function parseSample(value: string): number {
  if (value === 'all') return Number.MAX_SAFE_INTEGER
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It is a number of items, or all.')
  return Number(value)
}

export function parseDays(value: string): number {
  const days = Number(value)
  if (!/^\d{1,5}(\.\d+)?$/.test(value) || days <= 0) throw new InvalidArgumentError('It is a number greater than 0.')
  return days
}

function serviceOption(): Option {
  return new Option('--service <name>', 'only mail, contacts, calendar or files (can be repeated)')
    .choices(['mail', 'contacts', 'calendar', 'files'])
    .argParser((value, earlier: readonly string[] | undefined) => {
      if (!['mail', 'contacts', 'calendar', 'files'].includes(value))
        throw new InvalidArgumentError('It is mail, contacts, calendar or files.')
      return collect(value, earlier)
    })
}
