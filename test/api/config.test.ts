import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Config, type ConfiguredAccount } from '../../src/api/config.ts'
import { Preferences } from '../../src/api/desktop/preferences.ts'
import { secretStore } from '../../src/api/secrets.ts'
import { AppError } from '../../src/core/errors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const account = (id: string): ConfiguredAccount => ({ id, connections: [{ provider: 'imap', settings: { host: 'h' } }] })
const now = new Date('2026-11-22T07:31:05Z')

test('a vault is known by its path from the time it was seen there', async () => {
  const config = new Config(folder)
  expect(await config.knownVault('/media/usb')).toBe(null)
  await config.rememberVault('one', '/media/usb', now)
  await config.rememberVault('two', '/backup', now)
  expect(await new Config(folder).knownVault('/media/usb')).toBe('one')
  await config.rememberVault('three', '/media/usb', now)
  expect(await config.knownVault('/media/usb')).toBe('three')
  expect(await config.knownVault('/backup')).toBe('two')
})

test('accounts and vaults that are written at the same time are all kept', async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `account ${n}`)
  const undo = async () => {}
  await Promise.all(
    ids.flatMap((id) => [
      new Config(folder).addAccount(id, async () => account(id), undo),
      new Config(folder).rememberVault(id, `/${id}`, now),
    ]),
  )
  const config = new Config(folder)
  expect((await config.accounts()).map(({ id }) => id).sort()).toEqual(ids.toSorted())
  for (const id of ids) expect(await config.knownVault(`/${id}`)).toBe(id)
})

test('what was made for an account that cannot be written is undone', async () => {
  const config = new Config(folder)
  const unwritable = {
    ...account('home'),
    connections: [{ provider: 'imap', services: ['letters'] }],
  } as unknown as ConfiguredAccount
  const undone: ConfiguredAccount[] = []
  const undo = async (unused: ConfiguredAccount) => void undone.push(unused)
  await expect(config.addAccount('home', async () => unwritable, undo)).rejects.toThrow()
  expect(undone).toEqual([unwritable])
  expect(await config.accounts()).toEqual([])
})

test('an account is found in any case, and the others are named when there is none', async () => {
  const config = new Config(folder)
  await config.addAccount(
    'Home',
    async () => account('Home'),
    async () => {},
  )
  expect((await config.account('home')).id).toBe('Home')
  const missing = await config.account('work').catch((error: unknown) => error)
  expect(missing).toBeInstanceOf(AppError)
  expect(missing).toMatchObject({ code: 'not-found', advice: expect.stringContaining('Home') })
})

test('settings of a newer version are refused and stay as they are', async () => {
  const path = join(folder, 'config.json')
  writeFileSync(path, '{"version": 3}')
  const refused = new Config(folder).rememberVault('id', '/backup', now)
  await expect(refused).rejects.toMatchObject({
    code: 'bad-settings',
    message: `${path} was written by a later version of Lifeboat.`,
    advice: expect.stringContaining('Install the newest Lifeboat'),
  })
  expect(readFileSync(path, 'utf8')).toBe('{"version": 3}')
})

test.each(['secrets.json', 'preferences.json'])('%s of a newer version is refused, too, and stays as it is', async (name) => {
  const path = join(folder, name)
  writeFileSync(path, '{"version": 2}', { mode: 0o600 })
  const refused =
    name === 'secrets.json'
      ? secretStore(folder).put('home', { kind: 'file' }, 'secret')
      : new Preferences(folder).change((data) => data)
  await expect(refused).rejects.toMatchObject({ code: 'bad-settings', message: expect.stringContaining('later version') })
  expect(readFileSync(path, 'utf8')).toBe('{"version": 2}')
})

test('settings from before accounts could combine providers are read, and written in the new form', async () => {
  const secret = { kind: 'file', entry: 'home 1' }
  const old = { id: 'home', provider: 'imap', services: ['mail'], settings: { host: 'h' }, secret }
  const path = join(folder, 'config.json')
  writeFileSync(path, JSON.stringify({ version: 1, accounts: [old], vaults: [] }))
  const config = new Config(folder)
  const home = { id: 'home', connections: [{ provider: 'imap', settings: { host: 'h' } }], secret }
  expect(await config.accounts()).toEqual([home])
  await config.rememberVault('one', '/backup', now)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 2, accounts: [home] })
})
