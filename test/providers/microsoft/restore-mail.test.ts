/** Restores of mail to Microsoft: by Graph into a mailbox of work, by IMAP into one of Outlook.com. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { targetOf } from '../../../src/api/restore.ts'
import type { PutOutcome, RestoreItem } from '../../../src/core/target.ts'
import type { Connection } from '../../../src/engine/account-backup.ts'
import type { RestoreReport } from '../../../src/engine/restore-report.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import { documentedErrors, notFound } from '../../emulators/microsoft/graph.ts'
import type { MailMessage } from '../../emulators/microsoft/mail-store.ts'
import { isWriting } from '../../emulators/microsoft/microsoft.ts'
import { anotherMicrosoftAccount, type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp, never, type RestoreChoice, restoreTo } from '../../restore/harness.ts'

const message = (n: number, more = '') =>
  `Message-ID: <m${n}@example.org>\r\nDate: Tue, 4 Mar 2025 10:${String(n).padStart(2, '0')}:00 +0100\r\nFrom: A Friend <a@example.org>\r\nTo: b@example.org\r\nSubject: Number ${n}\r\n${more}\r\nHello ${n}\r\n`

const withAttachments = (octets: number, count = 1) => {
  const content = Buffer.alloc(octets, 7).toString('base64').replace(/.{76}/g, '$&\r\n')
  const file = (_: unknown, n: number) =>
    `--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="big ${n + 1}.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${content}\r\n`
  const files = Array.from({ length: count }, file).join('')
  const parts = `--x\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n${files}--x--\r\n`
  return message(9).replace(
    '\r\n\r\nHello 9\r\n',
    `\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n${parts}`,
  )
}

const attached = (message: MailMessage | undefined) =>
  [...(message?.mime.toString('latin1') ?? '').matchAll(/filename="(.*)"/g)].map(([, name]) => name)

describe('a restore of mail to Microsoft', () => {
  let alice: MicrosoftAccount
  let bob: MicrosoftAccount
  let vault: string

  beforeEach(async () => {
    alice = await startMicrosoftAccount()
    bob = await anotherMicrosoftAccount(alice, { email: 'bob@work.example', kind: 'work', forRestore: true })
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: MicrosoftAccount): Connection => ({ account, provider, context: { ...context } })
  const restore = (choice: RestoreChoice = {}, to = bob) =>
    restoreTo(vault, connectionOf(to), { account: alice.account.id, ...choice })
  const saved = async () => expect((await backUp(vault, connectionOf(alice))).accounts[0]?.failure).toBeUndefined()
  const sums = (report: RestoreReport) => {
    expect(report.failure).toBeUndefined()
    const add = (member: 'created' | 'alreadyThere' | 'conflicts' | 'failed') =>
      report.collections.reduce((sum, collection) => sum + collection[member], 0)
    return [add('created'), add('alreadyThere'), add('conflicts'), add('failed')]
  }
  const bobs = () => [...bob.user.mail.messages.values()]

  it('makes messages that were received and are no drafts, with their date, flags, categories and folders, and nothing twice', async () => {
    const { mail } = alice.user
    const acme = mail.addFolder('Acme', { parent: mail.addFolder('Clients').id })
    const fields = {
      received: '2019-07-08T09:10:11Z',
      isRead: true,
      flag: 'flagged',
      categories: ['Red category'],
      importance: 'high',
    } as const
    mail.add(message(1), acme.id, fields)
    mail.add(message(2), 'sentitems')
    mail.add(message(3), 'drafts', { isDraft: true })
    mail.add(message(4))
    mail.add(message(4))
    await saved()
    const first = await restore()
    expect(sums(first)).toEqual([5, 0, 0, 0])
    expect(bobs().find(({ internetMessageId }) => internetMessageId === '<m1@example.org>')).toMatchObject({
      ...fields,
      isDraft: false,
      subject: 'Number 1',
    })
    expect(
      bobs()
        .filter(({ isDraft }) => isDraft)
        .map(({ subject }) => subject),
    ).toEqual(['Number 3'])
    const names = bobs().map(({ folderId, subject }) => [bob.user.mail.folders.get(folderId)?.displayName, subject])
    expect(names.sort()).toEqual([
      ['Acme', 'Number 1'],
      ['Drafts', 'Number 3'],
      ['Inbox', 'Number 4'],
      ['Inbox', 'Number 4'],
      ['Sent Items', 'Number 2'],
    ])
    expect(JSON.stringify(first)).toContain('puts each message together anew')
    expect(sums(await restore())).toEqual([0, 5, 0, 0])
    expect(bobs()).toHaveLength(5)
  })

  it('does a dry run without a call that writes', async () => {
    alice.user.mail.add(message(1))
    await saved()
    alice.emulator.requests.length = 0
    expect(sums(await restore({ dryRun: true }))).toEqual([1, 0, 0, 0])
    expect(alice.emulator.requests.filter(isWriting)).toEqual([])
    expect(bobs()).toEqual([])
  })

  it('makes no message twice whose answer was lost, and goes on after faults', async () => {
    for (let n = 1; n < 6; n++) alice.user.mail.add(message(n))
    await saved()
    alice.emulator.faults.next(/post\.messages/, { kind: 'truncate' }, 2)
    alice.emulator.faults.next(/post\.messages/, { kind: 'error', error: documentedErrors.tooManyRequests(20) }, 2)
    expect(sums(await restore()).reduce((sum, n) => sum + n)).toBe(5)
    expect(bobs()).toHaveLength(5)
  })

  it('sends a large attachment in parts', async () => {
    alice.user.mail.add(withAttachments(5 << 20))
    await saved()
    expect(sums(await restore())).toEqual([1, 0, 0, 0])
    const uploads = alice.emulator.requests.filter(({ method }) => method === 'attachment.upload')
    expect(uploads).toHaveLength(2)
    expect(bobs()[0]?.mime.length).toBeGreaterThan(5 << 20)
  })

  it('sends several small attachments one by one where they are too large for one request together, none of them in parts', async () => {
    alice.user.mail.add(withAttachments(1_500_000, 4))
    await saved()
    alice.emulator.faults.next(/message\.post\.attachments/, { kind: 'error', error: notFound() })
    // The answer to one is lost: it is not sent again.
    alice.emulator.faults.next(/message\.post\.attachments/, { kind: 'truncate' })
    expect(sums(await restore())).toEqual([1, 0, 0, 0])
    expect(attached(bobs()[0])).toEqual(['big 1.pdf', 'big 2.pdf', 'big 3.pdf', 'big 4.pdf'])
    expect(alice.emulator.requests.filter(({ method }) => method === 'attachment.createUploadSession')).toEqual([])
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
  })

  it('sends a large attachment anew whose part was lost on the way', async () => {
    alice.user.mail.add(withAttachments(5 << 20))
    await saved()
    alice.emulator.faults.next(/attachment\.upload/, { kind: 'truncate' }, 2)
    expect(sums(await restore())).toEqual([1, 0, 0, 0])
    expect(attached(bobs()[0])).toEqual(['big 1.pdf'])
  })

  it('says so of a message whose text alone is larger than Microsoft takes, and goes on with the others', async () => {
    alice.user.mail.add(message(1).replace('Hello 1', 'Hello again, this is a long letter.\r\n'.repeat(120_000)))
    alice.user.mail.add(message(2))
    await saved()
    const report = await restore()
    expect(sums(report)).toEqual([1, 0, 0, 1])
    expect(JSON.stringify(report)).toContain('no message whose text alone has more than about 4 MB')
  })

  it('leaves a message alone that is there, also where its text is larger than Microsoft takes from programs', async () => {
    const long = message(1).replace('Hello 1', 'Hello again, this is a long letter.\r\n'.repeat(120_000))
    alice.user.mail.add(long)
    bob.user.mail.add(long)
    await saved()
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
  })

  it('leaves out a reply address that is none, and says so', async () => {
    alice.user.mail.add(message(1, 'Reply-To: The list <no address at all>, Ann <ann@example.org>\r\n'))
    await saved()
    const report = await restore()
    expect(sums(report)).toEqual([1, 0, 0, 0])
    expect(JSON.stringify(report)).toMatch(/Replies were to go to “no address at all”/)
    expect(bobs()[0]?.mime.toString('utf8')).toMatch(/Reply-To: "Ann" <ann@example\.org>\r\n/)
  })

  it('makes a folder once whose answer was lost, and takes one that differs in upper and lower case', async () => {
    const projects = alice.user.mail.addFolder('Projects')
    const old = alice.user.mail.addFolder('Old', { parent: projects.id })
    alice.user.mail.add(message(1), old.id)
    bob.user.mail.addFolder('PROJECTS')
    await saved()
    alice.emulator.faults.next(/post\.childFolders/, { kind: 'truncate' })
    expect(sums(await restore())).toEqual([1, 0, 0, 0])
    const names = [...bob.user.mail.folders.values()].map(({ displayName }) => displayName)
    expect(names.filter((name) => /^(?:projects|old)$/i.test(name)).sort()).toEqual(['Old', 'PROJECTS'])
  })

  it.each([
    ['before its attachment', 0, 1],
    ['after the first of two attachments', 2, 2],
  ])('adds what is missing of a message whose restore broke off %s, and says so', async (_when, passing, count) => {
    alice.user.mail.add(withAttachments(5 << 20, count))
    await saved()
    alice.emulator.faults.after(passing, passing === 0 ? /createUploadSession/ : /attachment\.upload/, { kind: 'cut' })
    const broken = (await restore()).collections.flatMap(({ failure }) => failure ?? [])
    expect(broken).toMatchObject([{ code: 'network' }])
    alice.emulator.faults.clear()
    expect(attached(bobs()[0])).toHaveLength(passing === 2 ? 1 : 0)

    alice.emulator.requests.length = 0
    const wouldBe = await restore({ dryRun: true })
    expect(sums(wouldBe)).toEqual([1, 0, 0, 0])
    expect(alice.emulator.requests.filter(isWriting)).toEqual([])
    const report = await restore()
    expect(sums(report)).toEqual([1, 0, 0, 0])
    expect(JSON.stringify(report)).toContain(`It was there without big ${count}.pdf; that was added.`)
    const names = Array.from({ length: count }, (_, n) => `big ${n + 1}.pdf`)
    expect(attached(bobs()[0])).toEqual(names)
    expect(bobs()).toHaveLength(1)
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
    expect(attached(bobs()[0])).toEqual(names)
  })

  it('leaves a message alone on which as many attachments hang, whatever Exchange calls them', async () => {
    alice.user.mail.add(withAttachments(5 << 20, 1))
    await saved()
    await restore()
    const [there] = bobs()
    const renamed = (there?.mime.toString('latin1') ?? '')
      .replace('big 1.pdf', 'another name')
      .replace(/\r\nBw.*(?=\r\n)/s, '\r\nBw==')
    bob.user.mail.edit(there?.id ?? '', renamed)
    expect(sums(await restore())).toEqual([0, 1, 0, 0])
    expect(attached(bobs()[0])).toEqual(['another name'])
  })

  it('names a message of more than 150 MB, reads none of it, and goes on with the others', async () => {
    const options = { into: [], conflict: 'skip' as const, dryRun: false, keep: async () => '' }
    const target = provider.target?.(bob.account, 'mail', { ...bob.context }, options)
    if (target === undefined) throw new Error('no target')
    const item = (key: string, size: number, content: RestoreItem['content']): RestoreItem => ({
      ...{ key, size, sha256: key, date: '2025-01-01T00:00:00Z', identities: [], meta: {}, title: key, at: null, content },
    })
    const small = async function* () {
      yield Buffer.from(message(1))
    }
    const huge = (): never => expect.unreachable('it was read')
    await target.open([], never)
    const place = await target.ensure({ service: 'mail', key: 'inbox', path: ['Inbox'], role: 'inbox' }, never)
    const outcomes: PutOutcome[] = []
    for await (const one of target.put(place, [item('huge', 151 << 20, huge), item('small', 100, small)], never))
      outcomes.push(one)
    await target.close()
    const found = new Map(outcomes.map((one) => [one.key, one]))
    const error = expect.objectContaining({ message: 'Microsoft takes no message of more than 150 MB.' })
    expect(found.get('huge')).toMatchObject({ kind: 'failed', error })
    expect(found.get('small')).toMatchObject({ kind: 'created' })
  })

  it('wants leave to write, and says how to give it', async () => {
    alice.user.mail.add(message(1))
    await saved()
    const carol = await anotherMicrosoftAccount(alice, { email: 'carol@work.example', kind: 'work' })
    expect((await restore({}, carol)).failure).toMatchObject({
      code: 'permission',
      advice: expect.stringContaining('--for-restore'),
    })
  })

  it('goes into a mailbox of Outlook.com by IMAP, with a token of its own', async () => {
    const dora = await anotherMicrosoftAccount(alice, { email: 'dora@outlook.example', forRestore: true })
    const configured = { id: dora.account.id, connections: [] }
    const target = await targetOf(dora.account.id, 'mbox', [configured], async () => [connectionOf(dora)], dora.context, never)
    const [first] = target.connections
    expect(first).toMatchObject({
      provider: { id: 'imap' },
      account: {
        services: ['mail'],
        settings: { host: 'outlook.office365.com', port: 993, user: dora.account.id, auth: 'xoauth2' },
      },
    })
    const token = await first?.context.secret('access-token')
    expect(alice.emulator.signIn.authenticate(`Bearer ${token}`)?.email).toBe(dora.account.id)
    expect(alice.emulator.signIn.tokenRequests.at(-1)?.get('scope')).toContain('https://outlook.office.com/IMAP.AccessAsUser.All')
    const work = await targetOf(
      bob.account.id,
      'mbox',
      [{ id: bob.account.id, connections: [] }],
      async () => [connectionOf(bob)],
      bob.context,
      never,
    )
    expect(work.connections.map((each) => each.provider.id)).toEqual(['microsoft'])
  })
})
