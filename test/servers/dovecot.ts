/** Debian's Dovecot on free loopback ports, with its own configuration and mail in a temporary directory. Needs root. */
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { patience } from '../fixtures/patience.ts'
import { createCertificates } from './certificates.ts'
import { freePort, type Launched, launch } from './launched.ts'

const program = '/usr/sbin/dovecot'
/** Debian's user `mail`: mail belongs to it, and mail processes run as it. */
const mailId = 8

export interface DovecotOptions {
  /** Names and passwords; one user `alice` unless told. */
  readonly users?: Readonly<Record<string, string>>
  /** Dovecot's `mail_location`; Maildir unless told. For mbox: `mbox:~/mail:INBOX=~/inbox`. */
  readonly mailLocation?: string
  /** What separates levels in folder names; `/` unless told. */
  readonly separator?: string
  /** Folders to create with a SPECIAL-USE attribute, e.g. `{ Sent: '\\Sent' }`. */
  readonly specialUse?: Readonly<Record<string, string>>
  /** Takes access tokens, too (XOAUTH2): where to ask whose a token is, and the authority behind that place. */
  readonly oauth2?: { readonly introspection: string; readonly caFile: string }
  /** Further lines of configuration. */
  readonly config?: string
}

export interface Dovecot {
  readonly host: string
  /** Plain text and STARTTLS. */
  readonly port: number
  readonly tlsPort: number
  /** Path of the PEM file of the authority behind the server's certificate. */
  readonly ca: string
  /** The first user. */
  readonly user: string
  readonly password: string
  /** Holds `home/<user>/`, `dovecot.log` and `dovecot.conf`. */
  readonly root: string
  home(user?: string): string
  /** A connected client that may write, closed with the server. */
  admin(user?: string): Promise<ImapFlow>
  /** Ends the server and removes everything. */
  stop(): Promise<void>
  /** Ends the server at once, as a crash would, and leaves everything else. */
  kill(): void
  /** Starts it again on the same ports after `kill`. */
  restart(): Promise<void>
}

/** Why there can be no Dovecot here, or null. In CI a missing server is a failure, so there it is never an excuse. */
export function dovecotMissing(): string | null {
  if (process.env.CI === 'true') return null
  if (!existsSync(program)) return 'Dovecot is not installed (apt-get install dovecot-imapd)'
  if (process.getuid?.() !== 0) return 'Dovecot can be started by root only'
  return null
}

export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  if (!existsSync(program)) throw new Error('Dovecot is not installed: apt-get install dovecot-imapd')
  if (process.getuid?.() !== 0) throw new Error('Dovecot can be started by root only')
  const users = options.users ?? { alice: 'wonderland' }
  const [user = '', password = ''] = Object.entries(users)[0] ?? []
  const root = mkdtempSync(join(tmpdir(), 'lb-dovecot-'))
  chmodSync(root, 0o755)
  const certificates = createCertificates()
  const issued = certificates.issue({ names: ['127.0.0.1', 'localhost'] })
  const [port, tlsPort] = [await freePort(), await freePort()]
  for (const name of Object.keys(users)) {
    mkdirSync(join(root, 'home', name), { recursive: true })
    chownSync(join(root, 'home', name), mailId, mailId)
  }
  const passwords = Object.entries(users).map(([name, secret]) => `${name}:{PLAIN}${secret}::::::\n`)
  writeFileSync(join(root, 'users'), passwords.join(''))
  if (options.oauth2 !== undefined) {
    const ca = join(root, 'oauth2-ca.pem')
    // Where Dovecot's own user may read it.
    writeFileSync(ca, readFileSync(options.oauth2.caFile))
    writeFileSync(join(root, 'oauth2.conf'), oauth2Configuration({ ...options.oauth2, caFile: ca }))
  }
  writeFileSync(
    join(root, 'dovecot.conf'),
    configuration({ root, port, tlsPort, cert: issued.certFile, key: issued.keyFile, ...options }),
  )
  const admins: ImapFlow[] = []
  let server = await start(root, port)

  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    ca: certificates.caFile,
    user,
    password,
    root,
    home: (name = user) => join(root, 'home', name),
    async admin(name = user) {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port,
        secure: false,
        doSTARTTLS: false,
        auth: { user: name, pass: users[name] ?? '' },
        logger: false,
        disableAutoIdle: true,
        disableCompression: true,
        ...{ connectionTimeout: patience, greetingTimeout: patience, socketTimeout: 10 * patience },
      })
      client.on('error', () => {})
      await client.connect()
      admins.push(client)
      return client
    },
    async stop() {
      for (const client of admins) client.close()
      await server.end()
      certificates.remove()
      rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    },
    kill() {
      server.kill()
    },
    async restart() {
      await server.end()
      rmSync(join(root, 'run'), { recursive: true, force: true })
      server = await start(root, port)
    },
  }
}

function start(root: string, port: number): Promise<Launched> {
  const log = join(root, 'dovecot.log')
  return launch(
    program,
    ['-F', '-c', join(root, 'dovecot.conf')],
    () => greets(port),
    () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
  )
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

function oauth2Configuration({ introspection, caFile }: NonNullable<DovecotOptions['oauth2']>): string {
  const settings = {
    ...{ introspection_mode: 'auth', introspection_url: introspection, tls_ca_cert_file: caFile },
    ...{ username_attribute: 'username', active_attribute: 'active', active_value: 'true' },
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
}

interface Configuration extends DovecotOptions {
  readonly root: string
  readonly port: number
  readonly tlsPort: number
  readonly cert: string
  readonly key: string
}

function configuration(options: Configuration): string {
  const { root, port, tlsPort, cert, key } = options
  const special = Object.entries(options.specialUse ?? {}).map(
    ([name, use]) => `mailbox "${name}" {\n special_use = ${use}\n auto = create\n }`,
  )
  return `
protocols = imap
listen = 127.0.0.1
base_dir = ${root}/run
state_dir = ${root}/state
log_path = ${root}/dovecot.log
instance_name = ${root}
ssl = yes
ssl_cert = <${cert}
ssl_key = <${key}
disable_plaintext_auth = no
auth_mechanisms = plain login${options.oauth2 === undefined ? '' : ' xoauth2'}
auth_failure_delay = 0
auth_cache_size = 1M
first_valid_uid = ${mailId}
first_valid_gid = ${mailId}
mail_max_userip_connections = 50
mail_fsync = never
mail_location = ${options.mailLocation ?? 'maildir:~/Maildir'}
mailbox_list_index = yes
mail_plugins =
passdb {
  driver = passwd-file
  args = ${root}/users
}
${options.oauth2 === undefined ? '' : `passdb {\n driver = oauth2\n mechanisms = xoauth2\n args = ${root}/oauth2.conf\n}`}
userdb {
  driver = static
  args = uid=${mailId} gid=${mailId} home=${root}/home/%u
}
namespace inbox {
  inbox = yes
  separator = ${options.separator ?? '/'}
  ${special.join('\n  ')}
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
service imap {
  process_limit = 64
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  client_limit = 1000
}
${options.config ?? ''}
`
}
