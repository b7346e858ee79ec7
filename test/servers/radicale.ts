/** Debian's Radicale on a free loopback port, with everything in a temporary directory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DavServer, davServer, launchDav, programMissing } from './dav-server.ts'
import { freePort } from './launched.ts'

const program = '/usr/bin/radicale'

export function radicaleMissing(): string | null {
  return programMissing(program, 'radicale')
}

export interface Radicale extends DavServer {
  /** Where the items lie: `collection-root/<user>/<collection>/`. */
  readonly storage: string
}

export async function startRadicale(): Promise<Radicale> {
  const [user, password] = ['alice', 'wonder: länd']
  const root = mkdtempSync(join(tmpdir(), 'lb-radicale-'))
  const storage = join(root, 'storage')
  const port = await freePort()
  writeFileSync(join(root, 'users'), `${user}:${password}\nbob:builder\n`)
  writeFileSync(join(root, 'config'), configuration(root, storage, port))
  const end = await launchDav(program, ['--config', join(root, 'config')], port)
  const stop = async () => {
    await end()
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  }
  const homes = { contacts: `/${user}/`, calendar: `/${user}/` }
  return { ...davServer({ name: 'Radicale', url: `http://127.0.0.1:${port}`, user, password, homes, stop }), storage }
}

function configuration(root: string, storage: string, port: number): string {
  return `
[server]
hosts = 127.0.0.1:${port}
max_connections = 20
timeout = 300
[encoding]
request = utf-8
stock = utf-8
[auth]
type = htpasswd
htpasswd_filename = ${join(root, 'users')}
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = ${storage}
[web]
type = none
[logging]
level = critical
`
}
