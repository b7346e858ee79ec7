/**
 * Newer versions of the program: looked for once a day, fetched quietly, put in place when the person quits. What is fetched is
 * what the feed's checksums say, and the feed counts only with our signature (Ed25519) beside it, wherever it was read from.
 */
import { verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { app } from 'electron'
import electronUpdater, { type AppUpdater } from 'electron-updater'
import { GenericProvider } from 'electron-updater/out/providers/GenericProvider.js'

/** Where `electron-builder.json` publishes. */
export const feedAddress = 'https://releases.lifeboat.example/'
const keyFile = join(import.meta.dirname, '..', 'assets', 'update-key.pem')
/** Milliseconds. */
const day = 86_400_000

/** What a program that a person unpacked themselves runs as; nothing can put a new one in its place. */
const isPortable = () => process.env['PORTABLE_EXECUTABLE_FILE'] !== undefined

/**
 * `onReady`: a newer version lies here and is put in place at the end. Does nothing where the program is not installed, or where
 * no key came with it. Answers how to stop.
 */
export async function followUpdates(onReady: (version: string) => void, feed: Feed = {}): Promise<() => void> {
  const key = feed.key ?? (await readFile(keyFile, 'utf8').catch(() => null))
  if (!app.isPackaged || isPortable() || key === null) return () => undefined
  const updater = updaterFor({ key, address: feed.address ?? feedAddress })
  updater.on('update-downloaded', ({ version }) => onReady(version))
  // Without a network there is nothing to tell anybody; tomorrow is another day.
  const look = () =>
    void updater
      .checkForUpdates()
      .then((found) => found?.downloadPromise)
      .catch(() => undefined)
  updater.on('error', () => undefined)
  const timer = setInterval(look, day)
  timer.unref()
  look()
  return () => clearInterval(timer)
}

interface Feed {
  readonly address?: string
  /** The public key, PEM. */
  readonly key?: string
}

function updaterFor({ key, address }: Required<Feed>): AppUpdater {
  const updater = electronUpdater.autoUpdater
  updater.logger = null
  updater.autoDownload = true
  updater.autoInstallOnAppQuit = true
  updater.allowDowngrade = false
  updater.setFeedURL({ provider: 'custom', updateProvider: signedBy(key, address) } as FeedOptions)
  return updater
}

type FeedOptions = Parameters<AppUpdater['setFeedURL']>[0]
type Runtime = ConstructorParameters<typeof GenericProvider>[2]

/** A feed whose every document has to bear the signature of this key. */
function signedBy(
  key: string,
  address: string,
): new (
  options: unknown,
  updater: AppUpdater,
  runtime: Runtime,
) => GenericProvider {
  return class extends GenericProvider {
    constructor(_options: unknown, updater: AppUpdater, runtime: Runtime) {
      super({ provider: 'generic', url: address }, updater, runtime)
    }
    protected override async httpRequest(url: URL, headers?: OutgoingHttpHeaders | null): Promise<string | null> {
      const text = await super.httpRequest(url, headers)
      const beside = new URL(url)
      beside.pathname += '.sig'
      const signature = await super.httpRequest(beside, headers)
      if (text !== null && signature !== null && isSigned(text, signature, key)) return text
      throw new Error('The list of new versions does not bear the signature of Lifeboat.')
    }
  }
}

/** `signature`: base64. */
function isSigned(text: string, signature: string, key: string): boolean {
  return verify(null, Buffer.from(text), key, Buffer.from(signature.trim(), 'base64'))
}
