/** Debian's xandikos on a free loopback port, with everything in a temporary directory. It asks nobody for a password. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DavServer, davServer, launchDav, programMissing } from './dav-server.ts'
import { freePort } from './launched.ts'

const program = '/usr/bin/xandikos'

export function xandikosMissing(): string | null {
  return programMissing(program, 'xandikos')
}

export async function startXandikos(): Promise<DavServer> {
  const root = mkdtempSync(join(tmpdir(), 'lb-xandikos-'))
  const port = await freePort()
  const args = ['-d', root, '--autocreate', '-l', '127.0.0.1', '-p', String(port), '--current-user-principal', '/alice/']
  const end = await launchDav(program, args, port)
  const stop = async () => {
    await end()
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  }
  const homes = { contacts: '/alice/contacts/', calendar: '/alice/calendars/' }
  return davServer({ name: 'xandikos', url: `http://127.0.0.1:${port}`, user: 'alice', password: 'anything', homes, stop })
}
