/** A restore as a process of its own, to be killed: `<vault> <state folder> <port> <user> <password>`. Writes a dot for each progress event. */
import { writeSync } from 'node:fs'
import { imapConnection, restoreTo } from './harness.ts'

const [vault = '', stateFolder = '', port = '', user = '', password = ''] = process.argv.slice(2)
const target = imapConnection({ host: '127.0.0.1', port: Number(port), user, password })
const report = await restoreTo(vault, target, { stateFolder, onProgress: () => void writeSync(1, '.') })
process.exit(report.failures.length > 0 || report.failure !== undefined ? 1 : 0)
