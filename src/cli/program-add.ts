/** `lifeboat account add …`: one command for each kind of account. What they do is loaded when it is needed. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Service } from '../core/account.ts'
import type { ArchiveOptions, ImapOptions } from './commands/account-add.ts'
import type { DavOptions, NamedOptions } from './commands/account-add-dav.ts'
import { examples } from './examples.ts'
import { parsePort } from './options.ts'
import { addGoogleCommand, addMicrosoftCommand } from './program-sign-in.ts'
import type { Session } from './session.ts'
import { type WellKnown, wellKnown } from './well-known.ts'

type Done = (exitCode: number) => void

export function addAddingCommands(account: Command, session: Session, done: Done): void {
  const add = account
    .command('add')
    .description('add an account')
    .addHelpText(
      'after',
      examples(
        'lifeboat account add icloud --user alice@icloud.com',
        'lifeboat account add nextcloud --server cloud.example.com --user alice',
        'lifeboat account add imap --help',
      ),
    )
  for (const provider of wellKnown) addNamed(add, provider, session, done)
  addImap(add, session, done)
  addDav(add, session, done)
  addArchive(add, session, done)
  addGoogleCommand(add, onlyOption(), session, done)
  addMicrosoftCommand(add, onlyOption(), session, done)
}

function addNamed(add: Command, provider: WellKnown, session: Session, done: Done): void {
  const { id, name, what, server } = provider
  const command = add.command(id).description(`${name}: ${what}`)
  if (server) command.requiredOption('--server <name>', 'your server, e.g. cloud.example.com')
  command
    .requiredOption('--user <name>', server ? 'your user name there' : `your address at ${name}`)
    .option('--id <id>', 'what you call the account, and its folder in the vault (default: the address)')
    .addOption(onlyOption())
  if (!server) addOtherMailUser(command)
  if (server) command.option('--ca <file>', 'certificate (PEM) to trust for this account, of a server that signs its own')
  const call = `lifeboat account add ${id} ${server ? `--server ${exampleServer} --user alice` : `--user ${exampleAddress(id)}`}`
  addSecretOptions(command)
    .addHelpText('after', examples(call, `pass show cloud | ${call} --password-stdin`, `${call} --only contacts,calendars`))
    .action(async (options: NamedOptions) => {
      const { addNamedAccount } = await import('./commands/account-add-dav.ts')
      done(await addNamedAccount(session, provider, options))
    })
}

const exampleServer = 'cloud.example.com'

function exampleAddress(id: string): string {
  return `alice@${id.includes('.') ? id : `${id}.com`}`
}

function addDav(add: Command, session: Session, done: Done): void {
  const command = add
    .command('dav')
    .description('contacts, calendars and files on any CardDAV, CalDAV or WebDAV server, and mail beside them')
    .requiredOption('--user <name>', 'your address, by which the server is found, or the user name that the server wants')
    .option('--id <id>', 'what you call the account, and its folder in the vault (default: the user name)')
    .option('--carddav <address>', 'where the contacts are')
    .option('--caldav <address>', 'where the calendars are')
    .option('--webdav <address>', 'where the files are')
    .option('--imap [server]', 'the mail too, on this server (name, or name:port; without a name it is found by the address)')
    .addOption(
      new Option('--imap-security <how>', 'how the mail server encrypts (default: tls)').choices(['tls', 'starttls', 'none']),
    )
  addOtherMailUser(command)
    .option('--token', 'the password is an access token (sent as Bearer)')
    .option('--ca <file>', 'certificate (PEM) to trust for this account, of a server that signs its own')
    .option('--insecure', 'allow http:// to other computers: everyone on the way can read password and data')
  addSecretOptions(command)
    .addHelpText(
      'after',
      examples(
        'lifeboat account add dav --user alice@example.com',
        'lifeboat account add dav --id home --user alice --carddav https://dav.example.org/ --caldav https://dav.example.org/',
        'lifeboat account add dav --id home --user alice --webdav https://files.example.org/alice/ --imap mail.example.org',
      ),
    )
    .action(async (options: DavOptions) => {
      const { addDavAccount } = await import('./commands/account-add-dav.ts')
      done(await addDavAccount(session, options))
    })
}

function addImap(add: Command, session: Session, done: Done): void {
  const command = add
    .command('imap')
    .description('mail on any IMAP server; the server is found by the address where it can be')
    .requiredOption('--user <name>', 'your address, or the user name that the server wants')
    .option('--id <id>', 'what you call the account, and its folder in the vault (default: the address)')
    .option('--host <name>', 'the server')
    .addOption(new Option('--port <number>', 'its port (default: 993 with TLS, else 143)').argParser(parsePort))
    .addOption(new Option('--tls', 'encrypted from the start (default)').conflicts(['starttls', 'insecure']))
    .addOption(new Option('--starttls', 'encrypted after STARTTLS; refuses to go on without').conflicts(['tls', 'insecure']))
    .addOption(new Option('--insecure', 'not encrypted: everyone on the way can read password and mail').conflicts(['ca']))
    .option('--ca <file>', 'certificate (PEM) to trust for this account, e.g. of Proton Mail Bridge')
  addSecretOptions(command)
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
}

function addArchive(add: Command, session: Session, done: Done): void {
  add
    .command('archive')
    .description("what you already have: Google Takeout or Apple's export (zips or folders), mail, .vcf, .ics, any folder")
    .requiredOption('--path <path>', 'the file or folder')
    .option('--id <id>', 'what you call it, and its folder in the vault (default: the name of the file or folder)')
    .addOption(onlyOption())
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'lifeboat account add archive --path ~/Downloads/takeout.zip',
        'lifeboat account add archive --id old --path /data/Maildir --only mail',
        'lifeboat account add archive --id papers --path ~/Documents --only files',
      ),
    )
    .action(async (options: ArchiveOptions) => {
      const { addArchiveAccount } = await import('./commands/account-add.ts')
      done(await addArchiveAccount(session, options))
    })
}

function onlyOption(): Option {
  const text = 'only these, e.g. contacts,calendars (of mail, contacts, calendars, files)'
  return new Option('--only <services>', text).argParser(parseServices)
}

function addOtherMailUser(command: Command): Command {
  return command
    .option('--imap-user <name>', 'the user name for mail, where it is another one')
    .option('--imap-password-command <command>', 'a command that prints the password for mail, where it is another one')
}

function addSecretOptions(command: Command): Command {
  return command
    .addOption(new Option('--password-stdin', 'read the password from standard input').conflicts('passwordCommand'))
    .addOption(
      new Option('--password-command <command>', 'a command that prints the password; run at every use, nothing is stored'),
    )
    .addOption(new Option('--secrets <place>', 'where to keep the password').choices(['keyring', 'file']).default('keyring'))
    .option('--json', 'print one JSON document')
}

const serviceNames: Readonly<Record<string, Service>> = {
  mail: 'mail',
  contacts: 'contacts',
  calendars: 'calendar',
  calendar: 'calendar',
  files: 'files',
}

function parseServices(value: string): readonly Service[] {
  return value.split(',').map((word) => {
    const service = Object.hasOwn(serviceNames, word.trim()) ? serviceNames[word.trim()] : undefined
    if (service === undefined) throw new InvalidArgumentError('Choose of mail, contacts, calendars, files, with commas between.')
    return service
  })
}
