/** The commands for accounts into which a person signs with a browser. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SignInOptions } from './commands/account-browser.ts'
import type { GoogleOptions } from './commands/account-google.ts'
import type { MicrosoftOptions } from './commands/account-microsoft.ts'
import { examples } from './examples.ts'
import type { Session } from './session.ts'

export function addGoogleCommand(add: Command, only: Option, session: Session, done: (exitCode: number) => void): void {
  add
    .command('google')
    .description("all of a Google account, Google's own way: you sign in with your browser, Lifeboat never sees your password")
    .option('--user <address>', 'the account, so that the right one is chosen in the browser')
    .option('--id <id>', 'what you call the account, and its folder in the vault (default: the address)')
    .option('--client-file <file>', 'the JSON file from the Google console; without it you are told how to get it')
    .addOption(only)
    .addOption(
      new Option(
        '--formats <formats>',
        "how documents of Google's own are saved: of office, odf, pdf, several with commas",
      ).argParser(words(['office', 'odf', 'pdf'])),
    )
    .addOption(
      new Option('--leave-out <kinds>', 'of mail: of spam, trash, drafts, chats, several with commas').argParser(
        words(['spam', 'trash', 'drafts', 'chats']),
      ),
    )
    .option('--revisions', 'earlier versions of files in Drive too, as far as Google keeps them')
    .option('--convert', "a restore into this account turns Office files into documents of Google's own")
    .option('--no-browser', 'sign in with a browser on another computer and copy back the address at which it ends')
    .option(
      '--workspace',
      'people of an organisation (Google Workspace): an administrator lets Lifeboat in, nobody else signs in',
    )
    .option('--admin <address>', 'with --workspace: your address as the administrator')
    .addOption(new Option('--users <addresses>', 'with --workspace: whose, with commas between').conflicts('everybody'))
    .option('--everybody', 'with --workspace: everybody, also who comes later')
    .addOption(new Option('--secrets <place>', 'where to keep the sign-in').choices(['keyring', 'file']).default('keyring'))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'lifeboat account add google',
        'lifeboat account add google --user alice@gmail.com --client-file ~/Downloads/client_secret_1234.json',
        'lifeboat account add google --client-file client.json --no-browser --secrets file',
        'lifeboat account add google --only mail,contacts',
        'lifeboat account add google --formats office,pdf --revisions --leave-out spam,trash',
        'lifeboat account add google --workspace',
        'lifeboat account add google --workspace --client-file key.json --admin anna@example.com --everybody',
      ),
    )
    .action(async (options: GoogleOptions) => {
      if (options.workspace === true) {
        const { addWorkspace } = await import('./commands/account-workspace.ts')
        done(await addWorkspace(session, options))
        return
      }
      const { addGoogleAccount } = await import('./commands/account-google.ts')
      done(await addGoogleAccount(session, options))
    })
}

export function addMicrosoftCommand(add: Command, only: Option, session: Session, done: (exitCode: number) => void): void {
  add
    .command('microsoft')
    .description('an account of Outlook.com or Microsoft 365: you sign in with your browser, Lifeboat never sees your password')
    .option('--user <address>', 'the account, so that the right one is chosen in the browser')
    .option('--id <id>', 'what you call the account, and its folder in the vault (default: the address)')
    .option('--client-id <id>', 'the application id of a registration of your own; without it you are told how to get it')
    .addOption(
      new Option('--accounts <kind>', 'for whose accounts that registration is, where it is not for all').choices([
        'consumers',
        'organizations',
      ]),
    )
    .addOption(only)
    .addOption(
      new Option('--versions <number>', 'how many earlier versions of each file in OneDrive are saved, too').argParser(
        parseCount,
      ),
    )
    .option('--no-browser', 'sign in with a code on another device')
    .option('--tenant <domain>', 'people of an organisation: Lifeboat signs in for itself with a certificate, nobody else does')
    .option('--certificate <file>', 'with --tenant: a PEM file with the certificate and its private key')
    .addOption(new Option('--users <addresses>', 'with --tenant: whose, with commas between').conflicts('everybody'))
    .option('--everybody', 'with --tenant: everybody, also who comes later')
    .addOption(new Option('--secrets <place>', 'where to keep the sign-in').choices(['keyring', 'file']).default('keyring'))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'lifeboat account add microsoft',
        'lifeboat account add microsoft --user alice@outlook.com --client-id 11111111-2222-3333-4444-555555555555',
        'lifeboat account add microsoft --no-browser --secrets file',
        'lifeboat account add microsoft --tenant example.com --certificate lifeboat.pem --everybody',
      ),
    )
    .action(async (options: MicrosoftOptions) => {
      const { addMicrosoftAccount, addMicrosoftTenant } = await import('./commands/account-microsoft.ts')
      const { tenant } = options
      done(
        tenant === undefined ? await addMicrosoftAccount(session, options) : await addMicrosoftTenant(session, tenant, options),
      )
    })
}

function parseCount(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('It is a number such as 5.')
  return Number(value)
}

function words(known: readonly string[]): (value: string) => readonly string[] {
  return (value) => {
    const chosen = value.split(',').map((word) => word.trim().toLowerCase())
    if (chosen.every((word) => known.includes(word))) return chosen
    throw new InvalidArgumentError(`Choose of ${known.join(', ')}, with commas between.`)
  }
}

export function addSignInCommand(account: Command, session: Session, done: (exitCode: number) => void): void {
  account
    .command('signin')
    .description('sign in with the browser again, when a sign-in has ended')
    .argument('<id>', 'the account')
    .option('--no-browser', 'sign in with a browser on another computer or device')
    .option('--for-restore', 'ask also for leave to write, which a restore to this account needs and a backup never does')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples('lifeboat account signin alice@gmail.com', 'lifeboat account signin alice@gmail.com --for-restore'),
    )
    .action(async (id: string, options: SignInOptions) => {
      const { signInAgain } = await import('./commands/account-browser.ts')
      done(await signInAgain(session, id, options))
    })
}
