/** The commands that bring things back, and their options. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RestoreCommandOptions } from './commands/restore.ts'
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
    .option('--at <time>', 'as it was then: a date, a time, "before 2026-03-01", or a run (default: the last backup)')
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

function serviceOption(): Option {
  return new Option('--service <name>', 'only mail, contacts, calendar or files (can be repeated)')
    .choices(['mail', 'contacts', 'calendar', 'files'])
    .argParser((value, earlier: readonly string[] | undefined) => {
      if (!['mail', 'contacts', 'calendar', 'files'].includes(value))
        throw new InvalidArgumentError('It is mail, contacts, calendar or files.')
      return collect(value, earlier)
    })
}
