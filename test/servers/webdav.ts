/** Real WebDAV servers on free loopback ports, over a folder of real files: Apache's mod_dav and rclone's. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificates } from './certificates.ts'
import { freePort, type Launched, launch } from './launched.ts'

const apache = '/usr/sbin/apache2'
const apacheModules = '/usr/lib/apache2/modules'
const rclone = '/usr/bin/rclone'
const realm = 'files'

export interface WebdavOptions {
  /** How Apache asks for the password; Basic unless told. */
  readonly auth?: 'basic' | 'digest'
  readonly tls?: boolean
  /** Further lines of Apache's configuration. */
  readonly config?: string
  /** Further arguments of rclone. */
  readonly args?: readonly string[]
}

export interface WebdavServer {
  /** The root of the files, with a slash at the end. */
  readonly url: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Path of the PEM file of the authority behind the certificate, with `tls`. */
  readonly ca: string | null
  /** The folder on this disk that the server shows; what is written here is served at once. */
  readonly files: string
  stop(): Promise<void>
}

/** Why there can be no Apache here, or null. In CI a missing server is a failure, so there it is never an excuse. */
export function apacheMissing(): string | null {
  return missing(apache, 'apache2')
}

/** Why there can be no rclone here, or null. */
export function rcloneMissing(): string | null {
  return missing(rclone, 'rclone')
}

function missing(program: string, packageName: string): string | null {
  return process.env.CI === 'true' || existsSync(program) ? null : `${program} is not installed (apt-get install ${packageName})`
}

const user = 'alice'
const password = 'wonder land: 100% "ü"'

/** Files under `/dav/files%20of%20alice/`. */
export async function startApache(options: WebdavOptions = {}): Promise<WebdavServer> {
  const { root, files, port } = await prepare()
  const certificates = options.tls ? createCertificates() : null
  const issued = certificates?.issue({ names: ['127.0.0.1', 'localhost'] })
  writeFileSync(
    join(root, 'users'),
    options.auth === 'digest'
      ? `${user}:${realm}:${createHash('md5').update(`${user}:${realm}:${password}`).digest('hex')}\n`
      : `${user}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`,
  )
  writeFileSync(
    join(root, 'apache.conf'),
    apacheConfiguration(root, files, port, options, issued === undefined ? '' : tlsConfiguration(issued)),
  )
  const server = await launch(
    apache,
    ['-D', 'FOREGROUND', '-f', join(root, 'apache.conf')],
    () => accepts(port),
    () => readIfThere(join(root, 'error.log')),
  )
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/dav/files%20of%20alice/`
  return served(server, root, { url, port, files, ca: certificates?.caFile ?? null }, () => certificates?.remove())
}

/** Files under `/`. Without `args` it has no checksums; with `['--etag-hash', 'SHA-1']` its ETags are the contents' hashes. */
export async function startRclone(options: WebdavOptions = {}): Promise<WebdavServer> {
  const { root, files, port } = await prepare()
  writeFileSync(join(root, 'users'), `${user}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`)
  // Its cache of folders would hide for minutes what a test does on the disk.
  const caching = ['--dir-cache-time', '1ms', '--poll-interval', '0']
  const access = ['--addr', `127.0.0.1:${port}`, '--htpasswd', join(root, 'users'), '--config', join(root, 'rclone.conf')]
  const limits = ['--max-header-bytes', '65536']
  writeFileSync(join(root, 'rclone.conf'), '')
  const server = await launch(rclone, ['serve', 'webdav', files, ...access, ...limits, ...caching, ...(options.args ?? [])], () =>
    accepts(port),
  )
  return served(server, root, { url: `http://127.0.0.1:${port}/`, port, files, ca: null }, () => undefined)
}

function served(
  server: Launched,
  root: string,
  facts: Pick<WebdavServer, 'url' | 'port' | 'files' | 'ca'>,
  cleanUp: () => void,
): WebdavServer {
  return {
    ...{ ...facts, user, password },
    async stop() {
      await server.end()
      cleanUp()
      rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function prepare(): Promise<{ root: string; files: string; port: number }> {
  const root = mkdtempSync(join(tmpdir(), 'lb-webdav-'))
  chmodSync(root, 0o755)
  const files = join(root, 'files')
  mkdirSync(files)
  return { root, files, port: await freePort() }
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function tlsConfiguration({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): string {
  return `
LoadModule socache_shmcb_module ${apacheModules}/mod_socache_shmcb.so
LoadModule ssl_module ${apacheModules}/mod_ssl.so
SSLEngine on
SSLCertificateFile ${certFile}
SSLCertificateKeyFile ${keyFile}`
}

function apacheConfiguration(root: string, files: string, port: number, options: WebdavOptions, tls: string): string {
  const modules = [
    'mpm_event',
    'authz_core',
    'authz_user',
    'authn_core',
    'authn_file',
    'auth_basic',
    'auth_digest',
    'alias',
    'mime',
    'headers',
    'dav',
    'dav_fs',
  ]
  const auth =
    options.auth === 'digest'
      ? `AuthType Digest\nAuthDigestDomain /dav/\nAuthUserFile ${root}/users`
      : `AuthType Basic\nAuthUserFile ${root}/users`
  return `
ServerRoot ${root}
ServerName 127.0.0.1
PidFile ${root}/apache.pid
DefaultRuntimeDir ${root}
ErrorLog ${root}/error.log
Listen 127.0.0.1:${port}
${modules.map((name) => `LoadModule ${name}_module ${apacheModules}/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
KeepAlive On
MaxKeepAliveRequests 0
LimitRequestLine 65536
LimitRequestFieldSize 65536
AllowEncodedSlashes NoDecode
TypesConfig /etc/mime.types
DavLockDB ${root}/locks
${tls}
Alias "/dav/files of alice" "${files}"
<Directory "${files}">
  Dav On
  Options FollowSymLinks
  AllowOverride None
  AuthName "${realm}"
  ${auth}
  Require valid-user
</Directory>
${options.config ?? ''}
`
}
