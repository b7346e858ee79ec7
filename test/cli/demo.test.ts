import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unnamed } from '../strangers/named.ts'
import { lifeboat, temporaryFolder } from './command.ts'

test('the demo backs up the sample account, verifies it, says where to look, and can be repeated', async () => {
  using home = temporaryFolder()
  const options = { home: home.path }
  const vault = join(home.path, 'Lifeboat demo')

  const first = await lifeboat(['demo'], options)
  expect(first).toMatchObject({ exitCode: 0, stderr: '' })
  expect(first.stdout).toMatch(/^Complete: (\d+) items in the vault, \1 new/m)
  expect(first.stdout).toMatch(/^ +Contacts: Customers +6 +6 /m)
  expect(first.stdout).toMatch(/^ +My Drive: 8 files, .* in data\/sample\/Files\/My Drive$/m)
  expect(first.stdout).toContain('START HERE.html')
  expect(first.stdout).toMatch(/^ +Workshop: \d+ entries, /m)
  expect(first.stdout).toMatch(/^The vault is sound/m)
  const places = [...first.stdout.matchAll(/^ {2}(\/.*)$/gm)].map(([, path]) => path ?? '')
  expect(places.length).toBeGreaterThan(1)
  for (const path of places) expect(existsSync(path), path).toBe(true)
  execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
  expect(unnamed(vault)).toEqual([])

  const second = await lifeboat(['demo'], options)
  expect(second.exitCode).toBe(0)
  expect(second.stdout).toMatch(/^Complete: \d+ items in the vault, nothing new/m)
  expect(existsSync(join(home.path, 'config'))).toBe(false)
})

test('the demo does not write among other files', async () => {
  using home = temporaryFolder()
  writeFileSync(join(home.path, 'letter.txt'), 'mine')
  const { exitCode, stderr } = await lifeboat(['demo', '--out', '.'], { home: home.path })
  expect(exitCode).toBe(13)
  expect(stderr).toMatch(/holds other files/)
  expect(readFileSync(join(home.path, 'letter.txt'), 'utf8')).toBe('mine')
})

test('the demo with a damaged message ends with the exit code of a damaged vault', async () => {
  using home = temporaryFolder()
  await lifeboat(['demo'], { home: home.path })
  const vault = join(home.path, 'Lifeboat demo')
  const list = await lifeboat(['list', '--vault', vault, '--folder', 'Inbox', '--json'], { home: home.path })
  const item = JSON.parse(list.stdout).items[0]
  const path = join(vault, item.path)
  const bytes = readFileSync(path)
  const at = item.offset + item.length - 20
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(path, bytes)
  const verified = await lifeboat(['verify', '--vault', vault], { home: home.path })
  expect(verified.exitCode).toBe(9)
  expect(verified.stdout).toContain(item.path)
  expect(verified.stdout).toContain(item.subject)
  const shown = await lifeboat(['show', '--vault', vault, item.id, '--raw'], { home: home.path })
  expect(shown.exitCode).toBe(9)
})
