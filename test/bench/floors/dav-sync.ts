/**
 * Floor: the server's own answer to sync-collection (RFC 6578). `full URL STATE USER PASSWORD`: with all contents, which are thrown
 * away, and notes the token in the file STATE; `same …`: what happened since that token. Prints the number of members answered.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const [, , mode = '', url = '', state = '', user = '', password = ''] = process.argv
const token = mode === 'full' ? '' : readFileSync(state, 'utf8')
const data = mode !== 'full' ? '' : url.includes('/contacts/') ? '<CR:address-data/>' : '<C:calendar-data/>'
const answer = await fetch(url, {
  method: 'REPORT',
  headers: {
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    'content-type': 'application/xml; charset=utf-8',
    depth: '0',
  },
  body: `<?xml version="1.0"?><D:sync-collection xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/>${data}</D:prop></D:sync-collection>`,
})
const text = await answer.text()
if (answer.status !== 207) throw new Error(`${answer.status}: ${text.slice(0, 500)}`)
writeFileSync(state, /<sync-token>([^<]*)</.exec(text)?.[1] ?? '')
console.log((text.match(/<response>/g) ?? []).length)
