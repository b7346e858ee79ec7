import { expect, test } from 'vitest'
import { corpus, corpusMissing, describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { running } from '../servers/running.ts'
import { folderConnection, imapConnection, lookAt, restoreTo, totals } from './harness.ts'

/** A message in which nothing has to be mended to be sent by IMAP: not empty, no NUL, no CR or LF but together. */
function isCarriedAsItIs(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1')
  return text !== '' && !text.includes('\0') && !/[\r\n]/.test(text.replaceAll('\r\n', ''))
}

describeUnless(corpusMissing() ?? dovecotMissing(), 'the whole corpus of mail', () => {
  const files = corpus('mail')

  async function vaultOfCorpus(): Promise<string> {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    for (const [n, file] of files.entries())
      account.add(inbox, Buffer.from(file.bytes()), [], new Date(Date.UTC(2020, 0, 1, 0, 0, n)).toISOString())
    await runBackup(vault, account)
    return vault
  }

  test('through Dovecot: equal, or what the server changed or refused is reported with its name; a repeat adds nothing', async () => {
    const vault = await vaultOfCorpus()
    const server = await running(startDovecot({ users: { bob: 'builder' } }))
    const report = await restoreTo(vault, imapConnection(server))
    expect(totals(report)).toMatchObject({ items: files.length })
    expect(totals(report).created + totals(report).failed).toBe(files.length)
    const there = new Map<string, number>()
    for (const { sha256: sum } of (await lookAt(await server.admin()))['INBOX'] ?? []) there.set(sum, (there.get(sum) ?? 0) + 1)
    const lost: string[] = []
    for (const file of files) {
      const sum = sha256(file.bytes())
      const left = there.get(sum) ?? 0
      if (left > 0) there.set(sum, left - 1)
      else lost.push(file.name)
    }
    const plain = new Set(files.filter((file) => isCarriedAsItIs(file.bytes())).map(({ name }) => name))
    expect(lost.filter((name) => plain.has(name))).toEqual([])
    // Each that is not there octet for octet has its line in the report.
    expect(report.losses.length + report.failures.length).toBeGreaterThanOrEqual(lost.length)
    for (const { texts } of report.failures) expect(texts.join()).toMatch(/server refuses it/)
    const sent = new Set(files.map((_, n) => new Date(Date.UTC(2020, 0, 1, 0, 0, n)).toISOString()))
    expect(report.losses.filter(({ date }) => !sent.has(date))).toEqual([])
    const again = await restoreTo(vault, imapConnection(server))
    expect(totals(again)).toMatchObject({ created: 0, alreadyThere: totals(report).created })
  })

  test('into a folder: equal octet for octet', async () => {
    const vault = await vaultOfCorpus()
    for (const format of ['maildir', 'eml'] as const) {
      const folder = await scratchFolder()
      const report = await restoreTo(vault, folderConnection(folder, format))
      expect(totals(report)).toMatchObject({ items: files.length, created: files.length, failed: 0 })
      expect(totals(await restoreTo(vault, folderConnection(folder, format)))).toMatchObject({
        created: 0,
        alreadyThere: files.length,
      })
    }
  })
})
