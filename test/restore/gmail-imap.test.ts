import { expect, test } from 'vitest'
import { drill } from '../../src/engine/drill.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { type GmailLabels, gmailFolders, gmailLabels } from '../servers/gmail-imap.ts'
import { type ImapProxy, startImapProxy } from '../servers/imap-proxy.ts'
import { backUp, imapConnection, lookAt, never, restoreTo, totals } from './harness.ts'

const all = 'Alle Nachrichten'
const message = (n: number) => `Message-ID: <${n}@example.com>\r\nSubject: number ${n}\r\n\r\ntext ${n}\r\n`
const date = (n: number) => new Date(Date.UTC(2025, 0, 1 + n))

/** As Gmail writes them: modified UTF-7. */
const labelsOf: readonly (readonly string[])[] = [
  ['\\Inbox', 'Work'],
  ['\\Inbox', 'Work'],
  ['Work/Projects', 'Entw&APw-rfe'],
  ['\\Sent', '\\Important'],
  [],
  ['Tax &- more', '\\Starred'],
]

interface Gmail extends GmailLabels {
  readonly server: Dovecot
  readonly proxy: ImapProxy
  readonly connection: ReturnType<typeof imapConnection>
}

async function startGmail(): Promise<Gmail> {
  const server = await startDovecot(gmailFolders)
  const gmail = gmailLabels()
  const proxy = await startImapProxy(server, gmail.trouble, 'restore')
  const connection = imapConnection(
    { host: proxy.host, port: proxy.port, user: server.user, password: server.password },
    { connections: 1 },
  )
  return Object.assign(gmail, { server, proxy, connection })
}

async function stop(...started: readonly Gmail[]): Promise<void> {
  for (const { server, proxy } of started) {
    await proxy.stop()
    await server.stop()
  }
}

/** Subject and labels of everything in All Mail, sorted. */
async function labelled({ server, labels }: Gmail): Promise<string[]> {
  const admin = await server.admin()
  const lock = await admin.getMailboxLock(all)
  const seen: string[] = []
  try {
    for await (const { uid, envelope } of admin.fetch('1:*', { envelope: true }))
      seen.push(`${envelope?.subject}: ${[...(labels.get(uid) ?? [])].sort().join(', ')}`)
  } finally {
    lock.release()
    await admin.logout()
  }
  return seen.sort()
}

async function savedGmail(gmail: Gmail): Promise<string> {
  const admin = await gmail.server.admin()
  for (const [n, own] of labelsOf.entries()) {
    const added = await admin.append(all, message(n), n % 2 ? ['\\Seen'] : [], date(n))
    if (added !== false && added.uid !== undefined) gmail.labels.set(added.uid, new Set(own))
  }
  await admin.append('Spam', message(100), [], date(100))
  const vault = await scratchFolder()
  await backUp(vault, gmail.connection)
  return vault
}

describeUnless(dovecotMissing(), 'labels of Gmail over IMAP', () => {
  test('come back as labels where the server knows them; a repeat adds neither messages nor labels', async () => {
    const [source, target] = [await startGmail(), await startGmail()]
    try {
      const vault = await savedGmail(source)
      const report = await restoreTo(vault, target.connection)
      expect(totals(report)).toMatchObject({ items: 7, created: 7, failed: 0 })
      expect(report.losses).toEqual([])
      expect(await labelled(target)).toEqual(await labelled(source))
      expect(await labelled(target)).toContain('number 2: Entw&APw-rfe, Work/Projects')
      const [before, after] = [await lookAt(await source.server.admin()), await lookAt(await target.server.admin())]
      expect(after).toEqual(before)
      const { stores } = target
      expect(totals(await restoreTo(vault, target.connection, { stateFolder: null }))).toMatchObject({
        created: 0,
        alreadyThere: 7,
      })
      expect(target.stores).toBe(stores)
    } finally {
      await stop(source, target)
    }
  })

  test('come back as folders where it does not', async () => {
    const source = await startGmail()
    const plain = await startDovecot({ users: { bob: 'builder' }, separator: '.' })
    try {
      const vault = await savedGmail(source)
      const report = await restoreTo(vault, imapConnection(plain))
      expect(totals(report)).toMatchObject({ failed: 0 })
      const seen = await lookAt(await plain.admin())
      expect(Object.fromEntries(Object.entries(seen).map(([name, messages]) => [name, messages.length]))).toEqual({
        INBOX: 2,
        Archive: 1,
        Drafts: 1,
        Sent: 1,
        Spam: 1,
        'Tax & more': 1,
        Work: 2,
        'Work/Projects': 1,
      })
    } finally {
      await stop(source)
      await plain.stop()
    }
  })

  test('are looked for in the folders of the labels by a drill into an account without labels', async () => {
    const source = await startGmail()
    const plain = await startDovecot({ users: { bob: 'builder' }, separator: '.' })
    try {
      const vault = await savedGmail(source)
      const rehearse = (afterRestore: () => Promise<void>) =>
        drill({
          vault: vaultOptions(vault),
          accounts: null,
          known: async (id) => ({ id, connections: [source.connection], goals: { recoverHours: 12, loseDays: 100_000 } }),
          target: { kind: 'account', name: 'bob', connections: [imapConnection(plain)], into: 'Drill', remove: true },
          ...{ sample: null, signal: never, onProgress: () => {}, afterRestore },
        })
      const sound = await rehearse(async () => undefined)
      expect(sound.accounts[0]).toMatchObject({ faults: [], services: [{ items: 7, restored: 7, identical: 7 }] })

      // In one of its two folders a message is missing, in another there is one too many.
      const spoilt = await rehearse(async () => {
        const admin = await plain.admin()
        const lock = await admin.getMailboxLock('Drill.Work.Projects')
        await admin.messageDelete('1:*')
        lock.release()
        await admin.append('Drill.Archive', message(200), [], date(200))
        await admin.logout()
      })
      expect(spoilt.accounts[0]?.faults.map(({ collection, title, text }) => [collection.join('/'), title, text])).toEqual([
        ['Archive', '', '1 came back that do not belong there.'],
        ['Work/Projects', 'number 2', 'It came back in another place: Drafts.'],
      ])
    } finally {
      await stop(source)
      await plain.stop()
    }
  })

  test('one that the server refuses is named, costs no other, and doubles nothing', async () => {
    const [source, target] = [await startGmail(), await startGmail()]
    try {
      const vault = await savedGmail(source)
      target.refused.add('\\Sent').add('Work')
      const report = await restoreTo(vault, target.connection)
      expect(totals(report)).toMatchObject({ items: 7, created: 7, failed: 0 })
      expect(report.losses.map(({ title, texts }) => `${title}: ${texts.join(' ')}`).sort()).toEqual([
        expect.stringMatching(/^number 0: It has no label “Work” there\. .*Invalid label: Work/),
        expect.stringMatching(/^number 1: It has no label “Work” there\. .*Invalid label: Work/),
        expect.stringMatching(/^number 3: It has no label “\\Sent” there\. .*Invalid label/),
      ])
      expect(await labelled(target)).toEqual([
        'number 0: \\Inbox',
        'number 1: \\Inbox',
        'number 2: Entw&APw-rfe, Work/Projects',
        'number 3: \\Important',
        'number 4: ',
        'number 5: Tax &- more, \\Starred',
      ])
    } finally {
      await stop(source, target)
    }
  })

  test('that an attempt did not come to are added by the next one', async () => {
    const [source, target] = [await startGmail(), await startGmail()]
    try {
      const vault = await savedGmail(source)
      const stopped = new AbortController()
      const { answer } = target.trouble
      target.trouble.answer = (command) => {
        if (/STORE.*X-GM-LABELS/.test(command)) stopped.abort()
        return stopped.signal.aborted ? null : (answer?.(command) ?? null)
      }
      await restoreTo(vault, target.connection, { signal: stopped.signal }).catch(() => null)
      expect((await labelled(target)).some((line) => line === 'number 0: ')).toBe(true)
      target.trouble.answer = answer ?? (() => null)
      const report = await restoreTo(vault, target.connection)
      expect(totals(report)).toMatchObject({ items: 7, failed: 0 })
      expect(await labelled(target)).toEqual(await labelled(source))
    } finally {
      await stop(source, target)
    }
  })
})
