/** Floor: every message of the account through imapflow, thrown away. Prints how many octets came. */
import { ImapFlow } from 'imapflow'
import { accountFromArguments } from './account.ts'

const { host, port, user, pass } = accountFromArguments()
const client = new ImapFlow({
  ...{ host, port, auth: { user, pass }, logger: false, secure: false, doSTARTTLS: false },
  ...{ disableAutoIdle: true, disableCompression: true },
})
await client.connect()
let octets = 0
for (const { path, flags } of await client.list()) {
  if (flags.has('\\Noselect') || flags.has('\\NonExistent')) continue
  const { exists } = await client.mailboxOpen(path, { readOnly: true })
  if (exists === 0) continue
  for await (const { source } of client.fetch('1:*', { uid: true, source: true })) octets += source?.length ?? 0
}
await client.logout()
console.log(octets)
