/** Floor: one LIST-STATUS (RFC 5819), all that has to be asked of an account where nothing changed. Prints the number of messages. */
import { ImapFlow } from 'imapflow'
import { accountFromArguments } from './account.ts'

const { host, port, user, pass } = accountFromArguments()
const client = new ImapFlow({
  ...{ host, port, auth: { user, pass }, logger: false, secure: false, doSTARTTLS: false },
  ...{ disableAutoIdle: true, disableCompression: true },
})
await client.connect()
const listed = await client.list({ statusQuery: { messages: true, uidNext: true, uidValidity: true, highestModseq: true } })
await client.logout()
console.log(listed.reduce((sum, { status }) => sum + (status?.messages ?? 0), 0))
