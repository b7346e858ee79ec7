/**
 * Floor: the server's own answer to sync-collection (RFC 6578). `full URL STATE USER PASSWORD`: with all contents, which are thrown
 * away, and notes the token in the file STATE; `same …`: what happened since that token. Prints the number of members answered.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'

const [, , mode = '', url = '', state = '', user = '', password = ''] = process.argv
const token = mode === 'full' ? '' : readFileSync(state, 'utf8')
const data = mode !== 'full' ? '' : url.includes('/contacts/') ? '<CR:address-data/>' : '<C:calendar-data/>'
const body = `<?xml version="1.0"?><D:sync-collection xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/>${data}</D:prop></D:sync-collection>`
const headers = {
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  'content-type': 'application/xml; charset=utf-8',
  'content-length': Buffer.byteLength(body),
  depth: '0',
}
const text = await new Promise<string>((resolve, reject) => {
  const outgoing = request(url, { method: 'REPORT', headers }, (answer) => {
    const parts: Buffer[] = []
    if (answer.statusCode !== 207) reject(new Error(`HTTP ${answer.statusCode}`))
    answer.on('data', (part: Buffer) => parts.push(part))
    answer.on('end', () => resolve(Buffer.concat(parts).toString()))
    answer.on('error', reject)
  })
  outgoing.on('error', reject)
  outgoing.end(body)
})
writeFileSync(state, /<sync-token>([^<]*)</.exec(text)?.[1] ?? '')
console.log((text.match(/<response>/g) ?? []).length)
