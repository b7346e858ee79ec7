/** Every message of the corpus, from one server to another that knows less, and into a vault again. */
import type { ImapFlow } from 'imapflow'
import { expect, test } from 'vitest'
import { titleOf } from '../../src/engine/selection.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { Vault } from '../../src/vault/vault.ts'
import { corpus, corpusMissing, describeUnless } from '../fixtures/corpus.ts'
import { scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { backUp, imapConnection, lookAt, restoreTo, type SeenAccount, totals } from './harness.ts'

const folders = ['INBOX', 'Clients/Acme & Söhne', 'Sent', 'Archive/2020'] as const
const marks = [[], ['\\Seen'], ['\\Seen', '\\Flagged', 'Project-X'], ['\\Answered', '$Forwarded'], ['\\Draft']] as const
/** Capabilities without CONDSTORE and what builds upon it. */
const modest = 'imap_capability = IMAP4rev1 LITERAL+ UIDPLUS MULTIAPPEND NAMESPACE LIST-EXTENDED SPECIAL-USE ID'

/** Answers the names of those that the server does not take. */
async function fill(admin: ImapFlow): Promise<string[]> {
  const refused: string[] = []
  for (const name of folders) if (name !== 'INBOX' && name !== 'Sent') await admin.mailboxCreate(name)
  for (const [n, file] of corpus('mail').entries()) {
    const date = new Date(Date.UTC(1995 + (n % 30), n % 12, 1 + (n % 28), n % 24, n % 60, n % 59))
    const added = await admin
      .append(folders[n % folders.length] ?? 'INBOX', Buffer.from(file.bytes()), [...(marks[n % marks.length] ?? [])], date)
      .catch(() => false)
    if (added === false) refused.push(file.name)
  }
  return refused
}

interface Saved {
  readonly folder: string
  readonly title: string
  /** Checksum, flags and date. */
  readonly what: string
}

async function savedIn(directory: string): Promise<Saved[]> {
  const vault = await Vault.openForReading(vaultOptions(directory, realDisk, null))
  try {
    const { state } = await vault.account('alice')
    return state.collections().flatMap(({ c, path }) =>
      [...state.items(c, false)].map((item) => ({
        ...{ folder: path.join('/'), title: titleOf(item) },
        what: `${item.sha256} ${(item.meta['flags'] as string[]).join(' ')} ${item.date}`,
      })),
    )
  } finally {
    await vault.close()
  }
}

const linesOf = (seen: SeenAccount) =>
  Object.entries(seen).flatMap(([folder, messages]) =>
    messages.map(({ sha256, flags, date }) => `${folder.replace('INBOX', 'Inbox')} ${sha256} ${flags.join(' ')} ${date}`),
  )

describeUnless(corpusMissing() ?? dovecotMissing(), 'the whole corpus of mail', () => {
  test('from a Dovecot to another with another delimiter and without CONDSTORE, and into a vault: equal, or named with the server’s words', async () => {
    const [source, target] = [
      await startDovecot({ mailLocation: 'maildir:~/Maildir:LAYOUT=fs', specialUse: { Sent: '\\Sent' } }),
      await startDovecot({ users: { bob: 'builder' }, separator: '.', specialUse: { Sent: '\\Sent' }, config: modest }),
    ]
    try {
      const refused = await fill(await source.admin())
      const count = corpus('mail').length - refused.length
      expect(refused.length).toBeLessThan(5)
      const [vault, second] = [await scratchFolder(), await scratchFolder()]
      await backUp(vault, imapConnection(source))
      const before = await savedIn(vault)
      expect(before.map(({ folder, what }) => `${folder} ${what}`).sort()).toEqual(
        linesOf(await lookAt(await source.admin())).sort(),
      )
      expect(before).toHaveLength(count)

      const bob = imapConnection(target)
      const report = await restoreTo(vault, bob)
      expect(totals(report)).toMatchObject({ items: count, alreadyThere: 0, conflicts: 0, failed: report.failures.length })
      expect(totals(report).created).toBe(count - report.failures.length)
      await backUp(second, bob)
      const after = await savedIn(second)
      expect(after.map(({ folder, what }) => `${folder} ${what}`).sort()).toEqual(
        linesOf(await lookAt(await target.admin())).sort(),
      )
      expect(after).toHaveLength(totals(report).created)

      const left = after.map(({ folder, what }) => `${folder} ${what}`)
      const unlike = before.filter(({ folder, what }) => {
        const at = left.indexOf(`${folder} ${what}`)
        if (at >= 0) left.splice(at, 1)
        return at < 0
      })
      const named = [...report.failures, ...report.losses]
      console.info(
        `mail: ${refused.length} of ${corpus('mail').length} the first server does not take, ${report.failures.length} refused by the second, ${report.losses.length} kept differently there`,
      )
      expect(unlike.map(({ folder, title }) => `${folder}: ${title}`).sort()).toEqual(
        named.map(({ collection, title }) => `${collection.join('/')}: ${title}`).sort(),
      )
      for (const { texts } of report.failures) expect(texts.join()).toMatch(/server refuses it/)
    } finally {
      await source.stop()
      await target.stop()
    }
  })
})
