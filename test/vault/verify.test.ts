import { execFileSync } from 'node:child_process'
import { readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyVault } from '../../src/vault/verify.ts'
import type { VerifyProgress } from '../../src/vault/verify-report.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

describe('verify', () => {
  it('finds nothing wrong with a vault that was just written', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    account.streamFrom = 9 << 20
    for (let n = 0; n < 200; n++) account.add(inbox, `Message-ID: <${n}@x>\r\nSubject: ${n}\r\n\r\n${'text\r\n'.repeat(n * 50)}`)
    account.add(inbox, `Message-ID: <big@x>\r\nSubject: big\r\n\r\n${'From big\r\n'.repeat(1_200_000)}`)
    await runBackup(vault, account)
    let last: VerifyProgress | null = null
    const report = await verifyVault(vaultOptions(vault), new AbortController().signal, (progress) => {
      last = progress
    })
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ sound: true, items: 201 })
    // Tables, journals and attachments count as well.
    const { files, bytes } = report
    expect(last).toEqual({ filesDone: files, filesTotal: files, bytesDone: bytes, bytesTotal: bytes })
  })

  it.runIf(process.platform === 'linux')('waits for nothing where a pipe or a device stands in a file’s place', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    for (const folder of ['Inbox', 'Sent', 'Drafts'])
      account.add(account.addMailbox([folder]), `Message-ID: <${folder}@x>\r\n\r\ntext\r\n`)
    await runBackup(vault, account)
    const all = await readdir(join(vault, 'data'), { recursive: true, withFileTypes: true })
    const [pipe = '', device = ''] = all
      .filter(({ name }) => name.endsWith('.mbox'))
      .map((file) => join(file.parentPath, file.name))
    await Promise.all([rm(pipe), rm(device)])
    execFileSync('mkfifo', [pipe])
    await symlink('/dev/zero', device)
    const { findings } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
    for (const file of [pipe, device]) expect(findings.map(({ path }) => join(vault, path))).toContain(file)
  })
})
