/** The commands, their options and their help. What they do is loaded when it is needed: `--help` must be instant. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { version } from '../api/version.ts'
import type { ArchiveOptions, ImapOptions } from './commands/account-add.ts'
import type { BackupOptions } from './commands/backup.ts'
import type { DemoOptions } from './commands/demo.ts'
import type { ListOptions } from './commands/list.ts'
import type { ShowOptions } from './commands/show.ts'
import type { VerifyOptions } from './commands/verify.ts'
import { exitCodeRows } from './exit-code.ts'
import type { Session } from './session.ts'

/** `done` receives the exit code of the command that ran. */
export function createProgram(session: Session, done: (exitCode: number) => void): Command {
  const program = new Command('lifeboat')
    .description('Keeps a copy of your mail on your own disk, in files that any mail program opens and anyone can check.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError(false)
    .addHelpText('after', () => `${firstSteps}\n${exitCodeHelp()}\n${environmentHelp}`)
  addAccountCommands(program, session, done)
  addBackupCommand(program, session, done)
  addReadingCommands(program, session, done)
  addDemoCommand(program, session, done)
  return program
}

const firstSteps = `
First steps:
  lifeboat account add imap --user alice@example.com
  lifeboat account test alice@example.com
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

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

function addAccountCommands(program: Command, session: Session, done: (exitCode: number) => void): void {
  const account = program
    .command('account')
    .description('add, list, test and remove the accounts that are backed up')
    .addHelpText('after', examples('lifeboat account add imap --user alice@example.com', 'lifeboat account list'))
  const add = account
    .command('add')
    .description('add an account')
    .addHelpText('after', examples('lifeboat account add imap --help', 'lifeboat account add archive --help'))

  add
    .command('imap')
    .description('mail on an IMAP server; the server is found by the address where it can be')
    .requiredOption('--user <name>', 'your address, or the user name that the server wants')
    .option('--id <id>', 'what you call the account, and its folder in the vault (default: the address)')
    .option('--host <name>', 'the server')
    .addOption(new Option('--port <number>', 'its port (default: 993 with TLS, else 143)').argParser(parsePort))
    .addOption(new Option('--tls', 'encrypted from the start (default)').conflicts(['starttls', 'insecure']))
    .addOption(new Option('--starttls', 'encrypted after STARTTLS; refuses to go on without').conflicts(['tls', 'insecure']))
    .addOption(new Option('--insecure', 'not encrypted: everyone on the way can read password and mail').conflicts(['ca']))
    .option('--ca <file>', 'certificate (PEM) to trust for this account, e.g. of Proton Mail Bridge')
    .addOption(new Option('--password-stdin', 'read the password from standard input').conflicts('passwordCommand'))
    .addOption(
      new Option('--password-command <command>', 'a command that prints the password; run at every use, nothing is stored'),
    )
    .addOption(new Option('--secrets <place>', 'where to keep the password').choices(['keyring', 'file']).default('keyring'))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'lifeboat account add imap --user alice@example.com',
        'lifeboat account add imap --id home --host mail.example.org --user alice --starttls',
        'pass show mail | lifeboat account add imap --user alice@example.com --password-stdin --secrets file',
        'lifeboat account add imap --user alice@example.com --password-command "pass show mail"',
      ),
    )
    .action(async (options: ImapOptions) => {
      const { addImapAccount } = await import('./commands/account-add.ts')
      done(await addImapAccount(session, options))
    })

  add
    .command('archive')
    .description('mail you already have: Google Takeout (zip or folder), mbox, Maildir, folders of .eml files')
    .requiredOption('--path <path>', 'the file or folder')
    .option('--id <id>', 'what you call it, and its folder in the vault (default: the name of the file or folder)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'lifeboat account add archive --path ~/Downloads/takeout.zip',
        'lifeboat account add archive --id old --path /data/Maildir',
      ),
    )
    .action(async (options: ArchiveOptions) => {
      const { addArchiveAccount } = await import('./commands/account-add.ts')
      done(await addArchiveAccount(session, options))
    })

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
    .option('--accept-removals', 'mark messages as removed that earlier runs held back; they stay in the vault')
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
    .command('list')
    .description('show what is in the vault: its folders, or the messages of one folder')
    .requiredOption('--vault <folder>', 'the vault')
    .option('--account <id>', 'only this account')
    .option('--folder <path>', 'the messages of this folder, oldest first')
    .option('--removed', 'also those that the provider does not have any more')
    .option('--at <time>', 'as it was then: a date, a time, "before 2026-03-01", or a run such as 2026-11-22T073105Z')
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

function progressOption(): Option {
  return new Option(
    '--progress <form>',
    'plain: lines, json: JSON Lines, both on stderr (default: one updated line in a terminal, else plain; none with --json)',
  ).choices(['json', 'plain', 'none'])
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}

function parsePort(value: string): number {
  const port = Number(value)
  if (!/^\d{1,5}$/.test(value) || port < 1 || port > 65_535) throw new InvalidArgumentError('A port is a number from 1 to 65535.')
  return port
}
