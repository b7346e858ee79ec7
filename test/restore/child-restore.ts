/** A restore as a process of its own, to be killed: `<vault> <state folder> <where to, as JSON>`. Writes a dot for each progress event. */
import { writeSync } from 'node:fs'
import { davConnection, folderConnection, imapConnection, restoreTo } from './harness.ts'

export type Destination =
  | { readonly kind: 'imap'; readonly port: number; readonly user: string; readonly password: string }
  | { readonly kind: 'dav'; readonly url: string; readonly user: string; readonly password: string }
  | { readonly kind: 'folder'; readonly path: string; readonly format: 'maildir' | 'mbox' | 'eml' }

function connectionTo(to: Destination) {
  switch (to.kind) {
    case 'imap':
      return imapConnection({ ...to, host: '127.0.0.1' })
    case 'dav':
      return davConnection(to, { carddav: `${to.url}/`, caldav: `${to.url}/` }, ['contacts', 'calendar'])
    case 'folder':
      return folderConnection(to.path, to.format)
  }
}

const [vault = '', stateFolder = '', destination = ''] = process.argv.slice(2)
const target = connectionTo(JSON.parse(destination) as Destination)
const report = await restoreTo(vault, target, { stateFolder, onProgress: () => void writeSync(1, '.') })
process.exit(report.failures.length > 0 || report.failure !== undefined ? 1 : 0)
