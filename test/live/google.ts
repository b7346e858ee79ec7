/**
 * `npm run live:google -- --client-file FILE [--restore-to ADDRESS]`: the way of a person through a real test account at Google:
 * sign-in, backup, verify, a second backup, a drill, and a restore into a second account. Never in CI: it needs two accounts that
 * nobody else uses and a person at the browser. Everything stays in a folder that is named at the beginning.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { walk } from './walk.ts'

const { values: options } = parseArgs({
  options: { 'client-file': { type: 'string' }, 'restore-to': { type: 'string' }, folder: { type: 'string' } },
})
const clientFile = options['client-file']
if (clientFile === undefined) throw new Error('Which client? --client-file FILE, as `lifeboat account add google` explains.')
await walk(['google', '--client-file', resolve(clientFile)], options['restore-to'], options.folder)
