import type { Item } from '../../core/items.ts'
import { headerIdentity, identityFields } from '../../formats/mail-header.ts'
import type { Run } from './pool.ts'
import { atom, bodyPeek, octets } from './protocol.ts'
import type { Session } from './session.ts'
import { formatSet, parseKey } from './uids.ts'

/** Sets of so many UIDs keep to the length of line that every server takes. */
const batchMessages = 80
const headerOctets = 256 * 1024

/** The `headerIdentity` of each message that has one, by the few header fields it is made of. */
export async function* identifyMessages(
  uidvalidity: string,
  items: readonly Item[],
  run: Run,
): AsyncGenerator<{ key: string; identities: readonly string[] }> {
  const keys = new Map<number, string>()
  for (const { key } of items) {
    const uid = parseKey(key, uidvalidity)
    if (uid !== null) keys.set(uid, key)
  }
  const uids = [...keys.keys()].sort((a, b) => a - b)
  for (let i = 0; i < uids.length; i += batchMessages) {
    const found = await run((session) => identitiesOf(session, uids.slice(i, i + batchMessages)))
    for (const [uid, identity] of found) {
      const key = keys.get(uid)
      if (key !== undefined) yield { key, identities: [identity] }
    }
  }
}

async function identitiesOf(session: Session, uids: readonly number[]): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  const asked = new Set(uids)
  await session.fetch({
    set: formatSet(uids),
    items: [atom('UID'), bodyPeek([atom('HEADER.FIELDS'), identityFields.map(atom)])],
    budget: uids.length * headerOctets,
    onMessage: ({ uid, body }) => {
      const header = body === null ? null : octets(body.value)
      const identity = header === null || uid === null || !asked.has(uid) ? null : headerIdentity(header)
      if (uid !== null && identity !== null) found.set(uid, identity)
    },
  })
  return found
}
