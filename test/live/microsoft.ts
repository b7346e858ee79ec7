/**
 * `npm run live:microsoft -- --client-id ID [--restore-to ADDRESS]`: the way of a person through a real test account at Microsoft:
 * sign-in, backup, verify, a second backup, a drill, and a restore into a second account. Never in CI: it needs two accounts that
 * nobody else uses and a person at the browser. Everything stays in a folder that is named at the beginning.
 */
import { parseArgs } from 'node:util'
import { walk } from './walk.ts'

const { values: options } = parseArgs({
  options: { 'client-id': { type: 'string' }, 'restore-to': { type: 'string' }, folder: { type: 'string' } },
})
const clientId = options['client-id']
if (clientId === undefined) throw new Error('Which registration? --client-id ID, as `lifeboat account add microsoft` explains.')
await walk(['microsoft', '--client-id', clientId], options['restore-to'], options.folder)
