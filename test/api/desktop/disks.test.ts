/** Disks that change places, what is shown of them, and what leaves the computer for help. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/api/app.ts'
import { systemClock } from '../../../src/api/clock.ts'
import { Desktop } from '../../../src/api/desktop/desktop.ts'
import { volumeOf } from '../../../src/api/desktop/volumes.ts'
import { vaultFile } from '../../../src/api/http/vault-files.ts'
import { Jobs } from '../../../src/api/jobs/jobs.ts'
import { forkJob } from '../../../src/api/jobs/spawn.ts'
import { realDisk } from '../../../src/vault/disk.ts'
import { lockVault } from '../../../src/vault/lock.ts'

describe('disks', () => {
  let home: string
  let desktop: Desktop
  let jobs: Jobs
  const sample = fileURLToPath(new URL('../../../assets/sample-account', import.meta.url))
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'lifeboat-desktop-'))
    process.env.LIFEBOAT_HOME = home
    jobs = new Jobs(forkJob, () => new Date())
    const volume = (name: string) => ({ path: join(home, name), label: name, kind: 'external', fileSystem: '' }) as const
    const mounts = async () =>
      readdirSync(home)
        .filter((name) => name.startsWith('disk-'))
        .map(volume)
    desktop = new Desktop({ app: createApp(home), jobs, home, mounts })
  })
  afterEach(async () => {
    await jobs.close()
    await desktop.close()
    delete process.env.LIFEBOAT_HOME
    rmSync(home, { recursive: true, force: true })
  })
  const plugIn = (name: string) => {
    mkdirSync(join(home, name), { recursive: true })
    return join(home, name)
  }
  const backUp = async (id: string) => {
    await desktop.backUp(id)
    await expect.poll(() => jobs.all().at(-1)?.ended).toBeTruthy()
    await desktop.settled()
    return jobs.all().at(-1)
  }

  it('are known by what is written on them, not by where they are', async () => {
    const { id } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue Disk' })
    renameSync(join(home, 'disk-1'), join(home, 'disk-2'))
    expect(await desktop.disks.folderOf(id)).toBe(join(home, 'disk-2', 'Lifeboat'))
    renameSync(join(home, 'disk-2'), join(home, 'elsewhere'))
    await expect(desktop.disks.folderOf(id)).rejects.toMatchObject({
      code: 'disk-absent',
      message: '"Blue Disk" is not plugged in.',
    })
  })

  it('are not made on the disk of the computer where one was pulled after it was chosen', async () => {
    const path = plugIn('disk-1')
    rmSync(path, { recursive: true })
    for (const chosen of [path, join(path, 'Lifeboat')])
      await expect(desktop.disks.use({ path: chosen, name: 'Blue Disk' })).rejects.toMatchObject({ code: 'disk-absent' })
    expect(readdirSync(home)).not.toContain('disk-1')
  })

  it('are not made in the folder that is left of a mount point once its disk was pulled', async () => {
    const path = join(home, 'disk-1')
    // Another device than that of the folder it lies in, as a mount point is.
    symlinkSync('/dev/shm', path)
    expect((await desktop.disks.volumes()).map((volume) => volume.path)).toContain(path)
    rmSync(path)
    plugIn('disk-1')
    for (const chosen of [path, join(path, 'Lifeboat')])
      await expect(desktop.disks.use({ path: chosen, name: 'Blue Disk' })).rejects.toMatchObject({ code: 'disk-absent' })
    expect(readdirSync(path)).toEqual([])
    // Shown again, it is what it is: somebody may mean just that folder.
    await desktop.disks.volumes()
    await desktop.disks.use({ path, name: 'Blue Disk' })
  })

  it('are looked at anew after a job, also where a look is under way that began before', async () => {
    await desktop.close()
    const first = Promise.withResolvers<void>()
    let looks = 0
    const look = async () => {
      if (looks++ === 1) await first.promise
      return null
    }
    desktop = new Desktop({ app: createApp(home), jobs, home, mounts: async () => [], look })
    await desktop.app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
    const { id, folder } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    const early = desktop.disks.lookAt(id, folder)
    await desktop.backUp(id)
    await expect.poll(() => jobs.all().at(-1)?.ended).toBeTruthy()
    // What is noted of the job is on its way meanwhile, and comes upon the look.
    for (let n = 0; n < 50; n++) await desktop.home()
    expect(looks).toBe(2)
    first.resolve()
    await early
    await desktop.settled()
    expect(looks).toBe(3)
  })

  it('take turns at the same place, each with its own state', async () => {
    await desktop.app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
    const blue = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    expect(await backUp(blue.id)).toMatchObject({ state: 'done' })
    renameSync(join(home, 'disk-1'), join(home, 'blue-in-drawer'))
    const red = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Red' })
    expect(red.folder).toBe(blue.folder)
    expect(await backUp(red.id)).toMatchObject({ state: 'done', failure: null })
    const { disks } = await desktop.home()
    expect(disks.map(({ name, folder, lastSuccess }) => [name, folder !== null, lastSuccess !== null])).toEqual([
      ['Blue', false, true],
      ['Red', true, true],
    ])
    renameSync(join(home, 'disk-1'), join(home, 'red-in-drawer'))
    renameSync(join(home, 'blue-in-drawer'), join(home, 'disk-1'))
    expect(await backUp(blue.id)).toMatchObject({ state: 'done', failure: null })
  })

  it('are not written to before who sets them up has said how often', async () => {
    let minutes = 0
    await desktop.close()
    const mounts = async () => []
    const own = new Jobs(forkJob, () => new Date())
    desktop = new Desktop({ app: createApp(home), jobs: own, home, mounts, now: () => new Date(Date.now() + minutes * 60_000) })
    const connections = [{ provider: 'archive', settings: { path: sample } }] as const
    await desktop.addAccount({ id: 'old', connections: [...connections], keep: 'file' }, new AbortController().signal)
    await desktop.useDisk({ path: plugIn('disk-1'), name: 'Blue' })
    await desktop.settled()
    await desktop.tick()
    expect(own.all()).toEqual([])
    await desktop.changeSettings({ every: 'never' })
    expect(own.all()).toEqual([])
    await desktop.changeSettings({ every: 'week' })
    expect(own.all()).toMatchObject([{ kind: 'backup' }])
    await expect.poll(() => own.all()[0]?.ended).toBeTruthy()
    await desktop.settled()
    // Who never comes to the end of setting up is not left without a backup.
    await desktop.useDisk({ path: plugIn('disk-2'), name: 'Red' })
    await desktop.tick()
    expect(own.all()).toHaveLength(1)
    minutes = 31
    await desktop.tick()
    expect(own.all().map(({ request }) => request.vault)).toEqual(
      ['disk-1', 'disk-2'].map((name) => join(home, name, 'Lifeboat')),
    )
    await own.close()
  })

  it('are remembered as they were when one is pulled while it is looked at', async () => {
    await desktop.app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
    const { id, folder } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    await backUp(id)
    const known = await desktop.disks.snapshot(id)
    expect(known?.accounts).toHaveLength(1)
    const pulling = new Desktop({
      ...{ app: createApp(home), jobs, home, mounts: async () => [] },
      // The folders of the accounts are read when they are not there any more.
      async look(place) {
        renameSync(join(home, 'disk-1'), join(home, 'in the drawer'))
        return (
          known && {
            ...known,
            accounts: [],
            at: new Date(Date.parse(known.at) + 1000).toISOString(),
            id: place === folder ? id : '',
          }
        )
      },
    })
    await pulling.disks.lookAt(id, folder)
    const { disks } = await pulling.home()
    expect(disks[0]).toMatchObject({ folder: null, lookedAt: known?.at, accounts: [{ account: 'old' }] })
    await pulling.close()
  })

  it('are looked for on volumes, and what is found is said with whose it is', async () => {
    await desktop.app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
    const { id } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    await backUp(id)
    await desktop.disks.forget(id)
    const volumes = await desktop.disks.volumes()
    expect(volumes.find(({ name }) => name === 'disk-1')).toMatchObject({
      verdict: 'suitable',
      found: [{ id, accounts: ['old'], known: false }],
    })
    expect(await desktop.disks.open({ path: join(home, 'disk-1'), name: '' })).toMatchObject({ id })
    await expect(desktop.disks.open({ path: plugIn('disk-9'), name: '' })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('give out their own files, and none that lies elsewhere', async () => {
    const { id, folder } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    writeFileSync(join(home, 'secret.txt'), 'secret')
    symlinkSync(join(home, 'secret.txt'), join(folder, 'link.txt'))
    writeFileSync(join(folder, 'page.html'), '<script>alert(1)</script>')
    writeFileSync(join(folder, 'note.txt'), '0123456789')
    expect((await vaultFile(desktop, id, '../../secret.txt', undefined)).status).toBe(404)
    expect((await vaultFile(desktop, id, 'link.txt', undefined)).status).toBe(404)
    const page = await vaultFile(desktop, id, 'page.html', undefined)
    expect([page.headers.get('content-type'), page.headers.get('content-disposition')]).toEqual([
      'application/octet-stream',
      'attachment',
    ])
    const part = await vaultFile(desktop, id, 'note.txt', 'bytes=2-4')
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10'])
    const told = async (range: string) => {
      const answer = await vaultFile(desktop, id, 'note.txt', range)
      return [answer.status, await answer.text(), answer.headers.get('content-range')]
    }
    expect(await told('bytes=7-')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await told('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await told('bytes=8-99')).toEqual([206, '89', 'bytes 8-9/10'])
    expect(await told('bytes=10-')).toEqual([416, '', 'bytes */10'])
    for (const all of ['bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2']) expect(await told(all)).toEqual([200, '0123456789', null])
  })

  it('take what was chosen for them, and name nobody where all are saved', async () => {
    for (const id of ['anna', 'bert'])
      await desktop.app.addAccount({ id, connections: [{ provider: 'archive', settings: { path: sample } }] })
    const { id, folder } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    // Whoever comes to an organisation is looked for only where no account is named.
    expect((await backUp(id))?.request).not.toHaveProperty('accounts')
    await desktop.disks.change(id, { chosen: ['anna'] })
    for (const request of [
      { vault: folder, acceptRemovals: true },
      { vault: folder, onlyMissing: true },
    ]) {
      const job = await desktop.startJob({ kind: 'backup', request })
      await expect.poll(() => jobs.get(job.id).ended).toBeTruthy()
      await desktop.settled()
      expect(jobs.get(job.id)).toMatchObject({
        request: { ...request, accounts: ['anna'] },
        report: { accounts: [{ account: 'anna' }] },
      })
    }
  })

  it('are no trouble while another program writes to them', async () => {
    await desktop.app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
    const { id, folder } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    await backUp(id)
    const lock = await lockVault(realDisk, folder, systemClock)
    expect(await backUp(id)).toMatchObject({ state: 'failed', failure: { code: 'vault-locked' } })
    const { verdict: told, accounts, disks } = await desktop.home()
    expect([told.reason, accounts[0]?.problem, disks[0]?.failure]).toEqual(['never-proven', null, null])
    await lock.release()
  })

  it('leave nothing of what was seen on them where they are forgotten', async () => {
    await desktop.app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
    const { id } = await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    await backUp(id)
    const kept = () => readdirSync(join(home, 'state', 'disks')).filter((name) => name.endsWith('.json'))
    expect(kept()).toHaveLength(1)
    await desktop.disks.forget(id)
    expect(kept()).toEqual([])
  })

  it('wait for nothing where nothing is to be saved on them', async () => {
    await desktop.disks.use({ path: plugIn('disk-1'), name: 'Blue' })
    renameSync(join(home, 'disk-1'), join(home, 'drawer'))
    expect((await desktop.home()).disks[0]).toMatchObject({ folder: null, due: null, waitingDays: null })
    await desktop.app.addAccount({ id: 'old', connections: [{ provider: 'archive', settings: { path: sample } }] })
    expect((await desktop.home()).disks[0]).toMatchObject({ folder: null, waitingDays: 0 })
  })

  it('are unsuitable when there is no room or nothing may be written', async () => {
    const at = (path: string) => volumeOf({ path, label: '', kind: 'external', fileSystem: 'vfat' })
    expect(await at(home)).toMatchObject({ verdict: 'suitable', notes: ['small-files-only'] })
    expect(await at(join(home, 'nowhere'))).toBeNull()
    expect((await at('/proc'))?.verdict).not.toBe('suitable')
  })

  it('say nothing of whose they are to somebody who helps', async () => {
    await desktop.app.addAccount({
      id: 'anna.secret@example.org',
      connections: [{ provider: 'imap', settings: { host: 'imap.example.org', user: 'anna.secret@example.org' } }],
      secret: { place: { kind: 'file' }, value: 'canary-password' },
    })
    await desktop.app.addAccount({
      id: 'firma',
      connections: [{ provider: 'dav', settings: { carddav: 'https://post.anna-firma.info/dav/', user: 'a-secret' } }],
      secret: { place: { kind: 'file' }, value: 'canary-password' },
    })
    await desktop.disks.use({ path: plugIn('disk-1'), name: 'Annas Platte' })
    mkdirSync(join(home, 'log'), { recursive: true })
    writeFileSync(
      join(home, 'log', 'lifeboat.jsonl'),
      '{"message":"failed at 192.168.7.9 imap.example.org for anna.secret@example.org, post.anna-firma.info as a-secret"}\n',
    )
    const text = await desktop.diagnostics()
    expect(text).toContain('Verdict: danger, never-saved')
    for (const secret of ['anna', 'Annas', 'canary', 'example.org', '192.168', 'firma', 'a-secret', home])
      expect([secret, text.toLowerCase().includes(secret.toLowerCase())]).toEqual([secret, false])
  })
})

describe('showing', () => {
  it('opens a folder, and neither a file, which may be a program, nor what is gone', async () => {
    const home = mkdtempSync(join(tmpdir(), 'lifeboat-showing-'))
    const opened: string[] = []
    const open = (target: string) => opened.push(target) > 0
    const app = createApp(home)
    const desktop = new Desktop({ app, jobs: new Jobs(forkJob, () => new Date()), home, mounts: async () => [], open })
    writeFileSync(join(home, 'program'), '#!/bin/sh\n', { mode: 0o755 })
    for (const folder of [join(home, 'program'), join(home, 'gone'), 'https://example.org/'])
      await expect(desktop.show({ folder })).rejects.toMatchObject({ code: 'not-found' })
    await desktop.show({ folder: home })
    // Nobody has written to it yet.
    await desktop.show('log')
    expect(opened).toEqual([home, join(home, 'log')])
    await desktop.close()
    rmSync(home, { recursive: true, force: true })
  })
})
