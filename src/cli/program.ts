/** The commands, their options and their help. What they do is loaded when it is needed: `--help` must be instant. */
import { Command, Option } from 'commander'
import { version } from '../api/version.ts'
import type { GoalsOptions } from './commands/account.ts'
import type { BackupOptions } from './commands/backup.ts'
import type { DemoOptions } from './commands/demo.ts'
import type { ListOptions } from './commands/list.ts'
import type { ShowOptions } from './commands/show.ts'
import type { UiOptions } from './commands/ui.ts'
import type { VerifyOptions } from './commands/verify.ts'
import type { ViewerOptions } from './commands/viewer.ts'
import { examples } from './examples.ts'
import { exitCodeRows } from './exit-code.ts'
import { collect, parsePort, progressOption } from './options.ts'
import { addAddingCommands } from './program-add.ts'
import { addCollectCommand, addDrillCommands, addRestoreCommand, parseDays } from './program-restore.ts'
import { addScheduleCommands } from './program-schedule.ts'
import { addSignInCommand } from './program-sign-in.ts'
import type { Session } from './session.ts'

/** `done` receives the exit code of the command that ran. */
export function createProgram(session: Session, done: (exitCode: number) => void): Command {
  const program = new Command('lifeboat')
    .description(
      'Keeps a copy of your mail, contacts, calendars and files on your own disk, in files that other programs open too.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError(false)
    .addHelpText('after', () => `${firstSteps}\n${exitCodeHelp()}\n${environmentHelp}`)
  addAccountCommands(program, session, done)
  addBackupCommand(program, session, done)
  addRestoreCommand(program, session, done)
  addDrillCommands(program, session, done)
  addCollectCommand(program, session, done)
  addReadingCommands(program, session, done)
  addUiCommand(program, session, done)
  addScheduleCommands(program, session, done)
  addDemoCommand(program, session, done)
  return program
}

const firstSteps = `
First steps:
  lifeboat account add fastmail --user alice@fastmail.com
  lifeboat account test alice@fastmail.com
  lifeboat backup --vault "/media/usb/Family vault"
  lifeboat verify --vault "/media/usb/Family vault"
`

const environmentHelp = `Environment:
  LIFEBOAT_HOME   a folder for settings, cache and log instead of the system's own places
  LIFEBOAT_DEBUG  1: detailed log, and technical details of an error`

function exitCodeHelp(): string {
  const lines = exitCodeRows().map((row) => `  ${String(row.exitCode).padStart(3)}  ${row.meaning}`)
  return `Exit codes:\n${lines.join('\n')}\n`
}

function addAccountCommands(program: Command, session: Session, done: (exitCode: number) => void): void {
  const account = program
    .command('account')
    .description('add, list, test and remove the accounts that are backed up')
    .addHelpText('after', examples('lifeboat account add icloud --user alice@icloud.com', 'lifeboat account list'))
  addAddingCommands(account, session, done)
  addSignInCommand(account, session, done)

  account
    .command('list')
    .description('show the accounts')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('lifeboat account list', 'lifeboat account list --json'))
    .action(async (options: { readonly json?: true }) => {
      const { listAccounts } = await import('./commands/account.ts')
      done(await listAccounts(session, options))
    })

  account
    .command('test')
    .description('sign in and say in plain words what works and what does not; changes nothing')
    .argument('<id>', 'the account')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('lifeboat account test home'))
    .action(async (id: string, options: { readonly json?: true }) => {
      const { testAccount } = await import('./commands/account.ts')
      done(await testAccount(session, id, options))
    })

  account
    .command('goals')
    .description('say how soon an account should be back and how much you can bear to lose; a drill compares with that')
    .argument('<id>', 'the account')
    .addOption(new Option('--recover-hours <hours>', 'back within so many hours (default: 12)').argParser(parseDays))
    .addOption(new Option('--lose-days <days>', 'lose at most what came in so many days (default: 7)').argParser(parseDays))
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('lifeboat account goals home --recover-hours 4 --lose-days 1'))
    .action(async (id: string, options: GoalsOptions) => {
      const { setGoals } = await import('./commands/account.ts')
      done(await setGoals(session, id, options))
    })

  account
    .command('remove')
    .description('forget an account and its password; nothing in any vault changes')
    .argument('<id>', 'the account')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('lifeboat account remove home'))
    .action(async (id: string, options: { readonly json?: true }) => {
      const { removeAccount } = await import('./commands/account.ts')
      done(await removeAccount(session, id, options))
    })
}

function addBackupCommand(program: Command, session: Session, done: (exitCode: number) => void): void {
  program
    .command('backup')
    .description('save what is new and changed in the accounts; nothing at the provider is changed')
    .requiredOption('--vault <folder>', 'where the backup lies; created at the first run')
    .option('--account <id>', 'only this account (can be repeated)', collect)
    .option('--accept-removals', 'mark as removed what earlier backups held back; it stays in the vault')
    .option('--attachments', 'keep attachments as ordinary files as well, from now on (so it is unless told otherwise)')
    .option('--no-attachments', 'do not, from now on; those that are there stay')
    .option('--no-viewer', 'leave START HERE.html and the attachments as they are: quicker; lifeboat viewer makes them anew')
    .option('--new-vault', 'take the vault that is there now, or make one, where another one used to be')
    .option('--json', 'print one JSON document at the end')
    .addOption(progressOption())
    .addHelpText(
      'after',
      examples(
        'lifeboat backup --vault "/media/usb/Family vault"',
        'lifeboat backup --vault /backup --account home --account work',
        'lifeboat backup --vault /backup --json --progress json 2>progress.jsonl >report.json',
      ),
    )
    .action(async (options: BackupOptions) => {
      const { backup } = await import('./commands/backup.ts')
      done(await backup(session, options))
    })
}

function addReadingCommands(program: Command, session: Session, done: (exitCode: number) => void): void {
  program
    .command('verify')
    .description('read the whole vault and check every file and message against its checksum')
    .requiredOption('--vault <folder>', 'the vault')
    .option('--json', 'print one JSON document at the end')
    .addOption(progressOption())
    .addHelpText('after', examples('lifeboat verify --vault "/media/usb/Family vault"', 'lifeboat verify --vault /backup --json'))
    .action(async (options: VerifyOptions) => {
      const { verify } = await import('./commands/verify.ts')
      done(await verify(session, options))
    })

  program
    .command('viewer')
    .description('make START HERE.html and its data anew; a backup keeps them up to date by itself')
    .requiredOption('--vault <folder>', 'the vault')
    .option('--attachments', 'keep attachments as ordinary files as well, from now on (so it is unless told otherwise)')
    .option('--no-attachments', 'do not, from now on; those that are there stay')
    .option('--json', 'print one JSON document at the end')
    .addOption(progressOption())
    .addHelpText('after', examples('lifeboat viewer --vault "/media/usb/Family vault"'))
    .action(async (options: ViewerOptions) => {
      const { viewer } = await import('./commands/viewer.ts')
      done(await viewer(session, options))
    })

  program
    .command('list')
    .description('show what is in the vault: its folders, or the messages of one folder')
    .requiredOption('--vault <folder>', 'the vault')
    .option('--account <id>', 'only this account')
    .option('--folder <path>', 'the messages of this folder, oldest first')
    .option('--removed', 'also those that the provider does not have any more')
    .option('--at <time>', 'as it was then: a date, a time, "before 2026-03-01", or a backup such as 2026-11-22T073105Z')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'lifeboat list --vault /backup',
        'lifeboat list --vault /backup --account home --folder "Clients/Acme" --removed',
        'lifeboat list --vault /backup --at "before 2026-03-01"',
      ),
    )
    .action(async (options: ListOptions) => {
      const { list } = await import('./commands/list.ts')
      done(await list(session, options))
    })

  program
    .command('show')
    .description('show one message')
    .requiredOption('--vault <folder>', 'the vault')
    .argument('<message>', 'its id as list prints it, its Message-ID, or the first 8 or more digits of its SHA-256')
    .option('--raw', 'the original bytes, exactly, for a file or another program')
    .option('--json', 'print what is known of the message as one JSON document')
    .addHelpText(
      'after',
      examples(
        "lifeboat show --vault /backup '<1234@example.com>'",
        'lifeboat show --vault /backup 3b5d5c37 --raw > message.eml',
      ),
    )
    .action(async (message: string, options: ShowOptions) => {
      const { show } = await import('./commands/show.ts')
      done(await show(session, message, options))
    })
}

function addUiCommand(program: Command, session: Session, done: (exitCode: number) => void): void {
  program
    .command('ui')
    .description('open the app in your browser; it serves this computer alone, until Ctrl-C')
    .option('--no-open', 'only print the address')
    .addOption(new Option('--port <number>', 'a port of your choice instead of any free one').argParser(parsePort))
    .addHelpText('after', examples('lifeboat ui', 'lifeboat ui --no-open --port 8022'))
    .action(async (options: UiOptions) => {
      const { ui } = await import('./commands/ui.ts')
      done(await ui(session, options))
    })
}

function addDemoCommand(program: Command, session: Session, done: (exitCode: number) => void): void {
  program
    .command('demo')
    .description('back up the sample account that comes with Lifeboat, verify it and say where to look')
    .option('--out <folder>', 'where to put it', 'Lifeboat demo')
    .addHelpText('after', examples('lifeboat demo', 'lifeboat demo --out /tmp/demo'))
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./commands/demo.ts')
      done(await demo(session, options))
    })
}
