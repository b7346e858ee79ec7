import { describe, expect, it } from 'vitest'
import type { GoogleAccount } from '../../fixtures/google-account.ts'
import { filesOf, foldersOf, sums, twoAccounts } from './two-accounts.ts'

/** The account, set up to have Office files become Google's documents. */
function converting(account: GoogleAccount): GoogleAccount {
  const settings = { ...account.account.settings, files: { convert: true } }
  return { ...account, account: { ...account.account, settings } }
}

describe('a restore of files to Google', () => {
  const two = twoAccounts()

  it('makes no folders for drives that hold nothing', async () => {
    two.alice.user.drive.add('letter.txt', { content: 'Dear bank' })
    await two.saved()
    const report = await two.restore({ selection: { services: ['files'] } })
    expect(sums(report)).toEqual([1, 0, 0, 0])
    expect(
      foldersOf(two.bob)
        .filter((path) => path !== '')
        .sort(),
    ).toEqual(['Restored by Lifeboat', 'Restored by Lifeboat/My Drive'])
    expect(report.collections.map(({ path }) => path)).toEqual([['My Drive']])
  })

  it('makes a folder that holds nothing, and a repeat makes no second one', async () => {
    const { drive } = two.alice.user
    drive.folder('Unanswered', { parent: drive.folder('Letters').id })
    await two.saved()
    expect(sums(await two.restore({ dryRun: true }))).toEqual([1, 0, 0, 0])
    expect(foldersOf(two.bob).filter((path) => path !== '')).toEqual([])
    expect(sums(await two.restore())).toEqual([1, 0, 0, 0])
    const before = foldersOf(two.bob)
    expect(before).toContain('Restored by Lifeboat/My Drive/Letters/Unanswered')
    expect(sums(await two.restore())).toEqual([0, 1, 0, 0])
    expect(sums(await two.restore({ stateFolder: null }))).toEqual([0, 1, 0, 0])
    expect(foldersOf(two.bob)).toEqual(before)
    expect(filesOf(two.bob, '')).toEqual([])
  })

  it('turns Office files into documents where that is wanted, and knows them again', async () => {
    const type = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    two.alice.user.drive.add('Letter.docx', { content: 'PK docx', mimeType: type })
    await two.saved()
    const wants = converting(two.bob)
    expect(sums(await two.restore({}, wants))).toEqual([1, 0, 0, 0])
    const file = [...two.bob.user.drive.files.values()].find(({ name }) => name === 'Letter.docx')
    expect(file?.mimeType).toBe('application/vnd.google-apps.document')
    expect(sums(await two.restore({ stateFolder: null }, wants))).toEqual([0, 1, 0, 0])
  })

  it.each(['cut', 'truncate'] as const)('makes one document when the answer to its upload is lost (%s)', async (kind) => {
    const type = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    two.alice.user.drive.add('Letter.docx', { content: 'PK docx', mimeType: type })
    await two.saved()
    const wants = converting(two.bob)
    two.alice.emulator.faults.next(/files\.upload/, { kind })
    two.alice.emulator.faults.next(/files\.create/, { kind }, 2, /uploadType=resumable/)
    expect(sums(await two.restore({}, wants))).toEqual([1, 0, 0, 0])
    expect([...two.bob.user.drive.files.values()].filter(({ name }) => name === 'Letter.docx')).toHaveLength(1)
    expect(two.alice.emulator.faults.left).toBe(0)
  })
})
