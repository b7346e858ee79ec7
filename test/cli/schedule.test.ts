/** `lifeboat schedule run`, the command itself, with a real disk that comes and goes. */
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { DueReport } from '../../src/api/due.ts'
import { lifeboat, temporaryFolder } from './command.ts'

const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))

it('backs up when it is due, does nothing when it is not, and waits for a disk that is away', async () => {
  using folder = temporaryFolder()
  const home = folder.path
  const options = { home, env: { HOME: home, PATH: '/nowhere' } }
  const vault = join(home, 'usb', 'Lifeboat')
  mkdirSync(join(home, 'usb'))
  await lifeboat(['account', 'add', 'archive', '--id', 'old', '--path', sample], options)
  await lifeboat(['backup', '--vault', vault], options)

  // There is no systemd to take the entry; the disk is known all the same.
  const installed = await lifeboat(['schedule', 'install', '--vault', vault, '--name', 'Blue Disk', '--every', 'day'], options)
  expect(installed).toMatchObject({ exitCode: 13, stderr: expect.stringContaining('cron') })

  const run = async () => JSON.parse((await lifeboat(['schedule', 'run', '--json'], options)).stdout) as DueReport
  const idle = await run()
  expect([idle.jobs, idle.home.disks[0]?.name]).toEqual([[], 'Blue Disk'])

  await lifeboat(['account', 'add', 'archive', '--id', 'papers', '--path', join(sample, 'Documents'), '--only', 'files'], options)
  const due = await run()
  expect(due.jobs).toMatchObject([{ kind: 'backup', state: 'done' }])
  expect(due.home.accounts.map(({ id, safeAsOf }) => [id, safeAsOf !== null])).toEqual([
    ['old', true],
    ['papers', true],
  ])
  expect((await run()).jobs).toEqual([])

  renameSync(join(home, 'usb'), join(home, 'drawer'))
  await lifeboat(['account', 'add', 'archive', '--id', 'more', '--path', join(sample, 'Documents'), '--only', 'files'], options)
  const away = await lifeboat(['schedule', 'run'], options)
  expect(away.exitCode).toBe(0)
  expect(away.stdout).toContain('"Blue Disk" is not plugged in: waiting for it')
})
