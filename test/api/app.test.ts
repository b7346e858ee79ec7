import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { scratchFolder } from '../fixtures/vaults.ts'

const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))

test('a vault is expected where it was begun, also when its first run was broken off', async () => {
  const folder = await scratchFolder()
  const vault = join(folder, 'disk')
  const app = createApp(join(folder, 'home'))
  await app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
  const backup = (onProgress: () => void) => app.backup({ vault, viewer: false }, new AbortController().signal, onProgress)
  const breakOff = () => {
    throw new Error('broken off')
  }
  await expect(backup(breakOff)).rejects.toThrow('broken off')
  // The disk is away, and the folder where it was mounted is empty.
  await rm(vault, { recursive: true })
  await mkdir(vault)
  await expect(backup(() => undefined)).rejects.toMatchObject({ code: 'vault-absent' })
})

test('a file in the place of a vault is left as it is', async () => {
  const folder = await scratchFolder()
  const vault = join(folder, 'disk')
  await writeFile(vault, 'mine')
  const app = createApp(join(folder, 'home'))
  await app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
  const attempt = app.backup({ vault, viewer: false }, new AbortController().signal, () => undefined)
  await expect(attempt).rejects.toMatchObject({ code: 'unsupported', message: `${vault} is a file.` })
  expect(await readFile(vault, 'utf8')).toBe('mine')
})
