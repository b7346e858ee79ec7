/** Where things may be put, and where not. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { lifeboat, mainFile, type TemporaryFolder, temporaryFolder } from './command.ts'

let home: TemporaryFolder
const run = (...argv: string[]) => lifeboat(argv, { home: home.path })
const below = (folder: string) => readdirSync(join(home.path, folder), { recursive: true }).toSorted()

beforeAll(async () => {
  home = temporaryFolder()
  mkdirSync(join(home.path, 'papers'))
  writeFileSync(join(home.path, 'papers', 'plan.txt'), 'The plan\n')
  await run('account', 'add', 'archive', '--path', 'papers')
  expect(await run('backup', '--vault', 'vault')).toMatchObject({ exitCode: 0 })
  symlinkSync(join(home.path, 'vault', 'data'), join(home.path, 'shortcut'))
})
afterAll(() => home[Symbol.dispose]())

describe('the vault stays as it is', () => {
  const restore = ['restore', '--vault', 'vault', '--account', 'papers', '--to']
  const collect = ['collect', '--vault', 'vault', '--out']
  it.each([
    ['the vault itself', [...restore, 'vault']],
    ['the vault itself, written in another way', [...restore, './papers/../vault/']],
    ['its data', [...restore, 'vault/data']],
    ['a new folder in its data', [...collect, 'vault/data/new/folder']],
    ['its data by another name', [...collect, 'shortcut/new']],
    ['its proofs', [...collect, 'vault/proofs']],
    ['its data, for a rehearsal', ['drill', '--vault', 'vault', '--scratch', 'vault/data']],
  ])('when somebody names %s as the place for what comes out of it', async (_, argv) => {
    const before = below('vault')
    const { exitCode, stderr } = await run(...argv)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('is a part of the vault.\nChoose another folder.')])
    expect(below('vault')).toEqual(before)
  })

  it('and a folder beside it, or one of its own on the same disk, is taken', async () => {
    expect(await run(...collect, 'vault and more')).toMatchObject({ exitCode: 0 })
    expect(await run(...collect, 'vault/taken out')).toMatchObject({ exitCode: 0 })
    expect(below('vault and more').join()).toContain('plan.txt')
  })

  it('and no vault is made where somebody only wants to look into one', async () => {
    const { exitCode, stderr } = await run('viewer', '--vault', 'vualt')
    expect([exitCode, stderr]).toEqual([12, expect.stringContaining('There is no vault in ')])
    expect(readdirSync(home.path)).not.toContain('vualt')
  })
})

describe('what cannot be a place is said so', () => {
  it.each([
    [['collect', '--vault', 'vault', '--out', 'papers/plan.txt'], 13, 'plan.txt is a file.\nChoose a folder.'],
    [['restore', '--vault', 'vault', '--account', 'papers', '--to', ' '], 2, 'What follows --to is empty.'],
    [['drill', '--vault', 'vault', '--scratch', ''], 2, 'What follows --scratch is empty.'],
    [['drill', '--vault', 'vault', '--remove'], 2, '--remove belongs to --to.'],
    [['restore', '--vault', 'vault', '--account', 'papers', '--to', 'new folder'], 12, 'write --to "./new folder"'],
  ])('lifeboat %j', async (argv, code, said) => {
    const { exitCode, stderr } = await run(...argv)
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(said)])
  })
})

it('names an account in quotes where it says what to type, and takes no name that turns the line around', async () => {
  const add = (id: string) => run('account', 'add', 'archive', '--path', 'papers', '--id', id)
  expect((await add('My papers')).stdout).toContain('lifeboat account test "My papers"')
  expect((await add('my PAPERS')).stderr).toContain('lifeboat account remove "My papers"')
  expect(await add('\u202eevil')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('invisible characters') })
})

const mountingMissing = process.platform === 'linux' && process.getuid?.() === 0 ? null : 'mounting needs root on Linux'

describeUnless(mountingMissing, 'a write-protected disk', () => {
  /** Where the vault is write-protected, for this command alone. */
  const runProtected = (...argv: string[]) => {
    const protect = 'mount --bind vault vault && mount -o remount,ro,bind vault && exec "$@"'
    return spawnSync('unshare', ['--mount', 'sh', '-c', protect, 'sh', process.execPath, mainFile, ...argv], {
      ...{ cwd: home.path, encoding: 'utf8', env: { ...process.env, LIFEBOAT_HOME: home.path, DBUS_SESSION_BUS_ADDRESS: '' } },
    })
  }

  it.each([
    [['backup', '--vault', 'vault']],
    [['viewer', '--vault', 'vault']],
    [['collect', '--vault', 'vault', '--out', 'vault/a/b']],
  ])('is called so, with what to do: lifeboat %j', (argv) => {
    const { status, stderr } = runProtected(...argv)
    expect([status, stderr]).toEqual([7, expect.stringContaining('The disk is write-protected')])
    expect(stderr).toContain('Choose another disk, or remove its write protection.')
  })

  it('is proven all the same, and it is said in plain words where the proof lies', () => {
    const { status, stderr, stdout } = runProtected('drill', '--vault', 'vault')
    expect([status, stderr]).toEqual([0, expect.stringContaining('not in the vault: The disk is write-protected')])
    expect(stderr).not.toContain('ENOENT')
    expect(stdout).toContain('Proven')
  })
})

describeUnless(process.platform === 'linux' ? null : 'no /dev/full', 'a full disk behind the output', () => {
  it.each([['list --vault vault'], ['list --vault vault --json'], ['account list']])('is told: lifeboat %s', (line) => {
    const command = ['-c', `"$0" "$1" ${line} > /dev/full`, process.execPath, mainFile]
    const { status, stderr } = spawnSync('sh', command, {
      ...{ cwd: home.path, encoding: 'utf8', env: { ...process.env, LIFEBOAT_HOME: home.path } },
    })
    expect([status, stderr]).toEqual([7, expect.stringContaining('Not all of the output could be written: the disk is full.')])
  })
})
