/** New versions of the program, fetched by the real updater from a real server; only Electron itself is stood in for. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signFeeds } from '../../build/package.mjs'

const keyPair = () => generateKeyPairSync('ed25519')
const pem = (pair: ReturnType<typeof keyPair>) => ({
  own: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  open: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
})
const ours = pem(keyPair())
const somebodyElse = pem(keyPair())
const program = '#!/bin/sh\n# The new program, as if it were large.\n'

/** Packages that ask for Electron get what stands in for it. */
const standIn = { electron: {} }
Object.assign(globalThis, { standInOfUpdates: standIn })
const electronUrl = 'data:text/javascript,electron'
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: electronUrl, format: 'commonjs', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === electronUrl
      ? { format: 'commonjs', source: 'module.exports = globalThis.standInOfUpdates.electron', shortCircuit: true }
      : next(url, context),
})

describe.runIf(process.platform === 'linux')('a newer version of the program', () => {
  let folder: string
  let server: Server
  let address: string
  const app = Object.assign(new EventEmitter(), {
    ...{ isPackaged: true, getVersion: () => '0.1.0', getName: () => 'lifeboat', whenReady: async () => undefined },
    ...{ getPath: () => folder, getAppPath: () => folder, quit: () => undefined },
  })
  let asked: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-updates-'))
    mkdirSync(join(folder, 'feed'))
    server = createServer((incoming, response) => {
      const name = new URL(incoming.url ?? '/', address).pathname
      asked.push(name)
      const file = join(folder, 'feed', name)
      response.writeHead(existsSync(file) ? 200 : 404).end(existsSync(file) ? readFileSync(file) : '')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    writeFileSync(join(folder, 'Lifeboat.AppImage'), 'the old program')
    // What electron-builder puts beside the archive.
    writeFileSync(join(folder, 'app-update.yml'), 'provider: generic\nupdaterCacheDirName: lifeboat-updater\n')
    Object.assign(process, { resourcesPath: folder })
    vi.stubEnv('APPIMAGE', join(folder, 'Lifeboat.AppImage'))
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
    const net = { request: (options: object) => request(options) }
    standIn.electron = { app, net, session: { fromPartition: () => ({}) } }
    vi.doMock('electron', () => standIn.electron)
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Puts a version on the server as a release does, signed with this key. */
  function publish(version: string, key: string | null): void {
    const feed = join(folder, 'feed')
    rmSync(feed, { recursive: true })
    mkdirSync(feed)
    const file = `Lifeboat-${version}.AppImage`
    writeFileSync(join(feed, file), program)
    const sha512 = createHash('sha512').update(program).digest('base64')
    const lines = [`version: ${version}`, 'files:', `  - url: ${file}`, `    sha512: ${sha512}`, `    size: ${program.length}`]
    const name = `latest-linux${process.arch === 'x64' ? '' : `-${process.arch}`}.yml`
    writeFileSync(
      join(feed, name),
      [...lines, `path: ${file}`, `sha512: ${sha512}`, "releaseDate: '2026-11-01T00:00:00.000Z'", ''].join('\n'),
    )
    if (key !== null) signFeeds(feed, key)
  }

  /** Looks once. Answers the version that is ready, or what kept it from being so. */
  async function look(): Promise<string> {
    asked = []
    const { followUpdates } = await import('../../electron/updates.ts')
    const { default: updater } = await import('electron-updater')
    return await new Promise((resolve, reject) => {
      updater.autoUpdater.once('error', ({ message }) => resolve(message))
      updater.autoUpdater.once('update-not-available', () => resolve('nothing newer'))
      followUpdates(resolve, { address, key: ours.open }).then((stop) => stop(), reject)
    })
  }
  const isProgramAsked = () => asked.some((name) => name.endsWith('.AppImage'))

  it('is not fetched without our signature', async () => {
    publish('0.2.0', null)
    await look()
    expect(asked.some((name) => name.endsWith('.sig'))).toBe(true)
    expect(isProgramAsked()).toBe(false)
  })

  it('is not fetched with the signature of somebody else', async () => {
    publish('0.2.0', somebodyElse.own)
    expect(await look()).toContain('does not bear the signature of Lifeboat')
    expect(isProgramAsked()).toBe(false)
  })

  it('is not fetched where a single letter of the feed was changed afterwards', async () => {
    publish('0.2.0', ours.own)
    const feed = join(folder, 'feed', 'latest-linux.yml')
    writeFileSync(feed, readFileSync(feed, 'utf8').replaceAll('0.2.0', '0.3.0'))
    expect(await look()).toContain('does not bear the signature of Lifeboat')
    expect(isProgramAsked()).toBe(false)
  })

  it('is not taken where the program is another than the feed says', async () => {
    publish('0.2.0', ours.own)
    writeFileSync(join(folder, 'feed', 'Lifeboat-0.2.0.AppImage'), program.replace('new', 'bad'))
    expect(await look()).toMatch(/sha512/)
  })

  it('is never an older one', async () => {
    publish('0.0.9', ours.own)
    expect(await look()).toBe('nothing newer')
    expect(isProgramAsked()).toBe(false)
  })

  it('is fetched, and put in place when the person quits', async () => {
    publish('0.2.0', ours.own)
    expect(await look()).toBe('0.2.0')
    expect(readFileSync(join(folder, 'Lifeboat.AppImage'), 'utf8')).toBe('the old program')
    app.emit('quit', {}, 0)
    expect(readFileSync(join(folder, 'Lifeboat.AppImage'), 'utf8')).toBe(program)
  })

  it('is looked for only where the program was installed and a key came with it', async () => {
    const { followUpdates } = await import('../../electron/updates.ts')
    asked = []
    // The key of the release is made by whoever releases; there is none in the sources.
    await followUpdates(() => undefined, { address })
    app.isPackaged = false
    await followUpdates(() => undefined, { address, key: ours.open })
    app.isPackaged = true
    vi.stubEnv('PORTABLE_EXECUTABLE_FILE', 'E:\\Lifeboat.exe')
    await followUpdates(() => undefined, { address, key: ours.open })
    expect(asked).toEqual([])
  })

  it('comes from where the releases are published', async () => {
    const { publish: place } = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', 'electron-builder.json'), 'utf8'),
    ) as {
      publish: { url: string }
    }
    expect((await import('../../electron/updates.ts')).feedAddress).toBe(place.url)
  })
})
