/** `lifeboat schedule run`, the command itself, with a real disk that comes and goes. */
import { mkdirSync, readFileSync, renameSync } from 'node:fs'
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

it('tells of an account that cannot be saved, with the exit code of that', async () => {
  using folder = temporaryFolder()
  const home = folder.path
  const options = { home, env: { HOME: home, PATH: '/nowhere' } }
  const vault = join(home, 'Lifeboat')
  await lifeboat(['account', 'add', 'archive', '--id', 'old', '--path', sample], options)
  await lifeboat(['backup', '--vault', vault], options)
  await lifeboat(['schedule', 'install', '--vault', vault, '--every', 'day'], options)
  const where = ['--host', '127.0.0.1', '--port', '1', '--user', 'u', '--insecure']
  await lifeboat(['account', 'add', 'imap', '--id', 'locked', ...where, '--password-command', 'exit 1'], options)
  const run = await lifeboat(['schedule', 'run'], options)
  expect(run.stdout).toContain('The backup is not complete.')
  expect(run.stdout).toMatch(/^locked: The password command of account "locked" ended with code 1\. /m)
  expect(run.exitCode).toBe(5)
})

it('finds the same settings when the system calls it from anywhere', async () => {
  using folder = temporaryFolder()
  const home = folder.path
  const config = join(home, 'my 100% config')
  const environment = async (env: Record<string, string>) => {
    await lifeboat(['schedule', 'install', '--every', 'day'], {
      ...{ home, cwd: home },
      env: {
        HOME: home,
        PATH: '/nowhere',
        XDG_CONFIG_HOME: config,
        XDG_CACHE_HOME: '',
        XDG_DATA_HOME: '',
        XDG_STATE_HOME: '',
        ...env,
      },
    })
    return readFileSync(join(config, 'systemd', 'user', 'lifeboat.service'), 'utf8').match(/^Environment=.*$/gm)
  }
  expect(await environment({ LIFEBOAT_HOME: 'settings' })).toEqual([`Environment="LIFEBOAT_HOME=${join(home, 'settings')}"`])
  expect(await environment({ LIFEBOAT_HOME: '' })).toEqual([`Environment="XDG_CONFIG_HOME=${config.replace('%', '%%')}"`])
})
