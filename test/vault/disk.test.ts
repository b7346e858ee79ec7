import { symlink } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isDiskFailure } from '../../src/engine/failure.ts'
import { diskError, realDisk } from '../../src/vault/disk.ts'
import { scratchFolder } from '../fixtures/vaults.ts'

function failureFor(code: string): { readonly code: string; readonly message: string } {
  return diskError(Object.assign(new Error(`${code}: sync`), { code }), '/media/disk/vault/data/alice/Journal/run.jsonl')
}

it('calls whatever a disk answers a failure of the disk, but for a file that is too large for it', () => {
  const codes = [...Object.keys(constants.errno), 'UNKNOWN'].filter((code) => code !== 'EFBIG')
  expect(codes.length).toBeGreaterThan(50)
  expect(codes.filter((code) => !isDiskFailure(failureFor(code).code as 'bug'))).toEqual([])
})

it.each(['ENOTCONN', 'ECONNABORTED', 'ENODEV', 'ENXIO', 'ESTALE', 'EHOSTDOWN', 'ETIMEDOUT'])(
  'says of %s that the disk is not there any more',
  (code) => {
    expect(failureFor(code)).toMatchObject({ code: 'disk-absent', message: expect.stringContaining('is not there any more') })
  },
)

it('tells a full disk and a write-protected one from a broken one', () => {
  expect(failureFor('ENOSPC')).toMatchObject({ code: 'disk-full' })
  expect(failureFor('EDQUOT')).toMatchObject({ code: 'disk-full' })
  // Of one item: the others go on.
  expect(failureFor('EFBIG')).toMatchObject({ code: 'unsupported' })
  expect(failureFor('EROFS')).toMatchObject({ code: 'disk-failed', message: expect.stringContaining('write-protected') })
  expect(failureFor('EIO')).toMatchObject({ code: 'disk-failed' })
})

it.runIf(process.platform === 'linux')(
  'takes a file system that counts no blocks for one that does not say how much is free',
  async () => {
    expect(await realDisk.capacity('/proc')).toMatchObject({ free: null })
    expect((await realDisk.capacity(tmpdir())).free).toBeGreaterThan(0)
  },
)

it.runIf(process.platform === 'linux')(
  'comes to an end where no folder can be made, although the one above is there',
  async () => {
    for (const path of ['/proc/lifeboat', '/proc/lifeboat/family/vault'])
      await expect(realDisk.makeDirectory(path), path).rejects.toMatchObject({ code: 'disk-absent' })
  },
)

it.skipIf(process.platform === 'win32')('says that the disk is away where a link to it leads nowhere', async () => {
  const folder = await scratchFolder()
  await symlink(join(folder, 'unplugged', 'vault'), join(folder, 'link'))
  for (const path of ['link', 'link/deep/er'])
    await expect(realDisk.makeDirectory(join(folder, path)), path).rejects.toMatchObject({ code: 'disk-absent' })
})
