/** An account at the emulator that has a OneDrive, anew for each test, and whole answers of its source instead of streams. */
import { afterEach, beforeEach } from 'vitest'
import type { Collection } from '../../../src/core/items.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Cursor, Source } from '../../../src/core/source.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import type { DriveStore } from '../../emulators/microsoft/drive-store.ts'
import { type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { collectionsOf, readChanges, readContents } from '../../fixtures/read-source.ts'

export const own: Collection = { service: 'files', key: 'my', path: ['OneDrive'] }
export const shared: Collection = { service: 'files', key: 'shared', path: ['Shared with me'] }

/** Call it within `describe`. */
export function oneDriveOfEachTest() {
  let running: MicrosoftAccount

  async function start(settings: JsonObject = {}, kind: 'personal' | 'work' = 'personal'): Promise<void> {
    running = await startMicrosoftAccount({}, { services: ['files'], settings, kind })
  }

  beforeEach(() => start())
  afterEach(() => running.emulator.stop())

  /** A new one, as each run has. */
  const source = (): Source => provider.source(running.account, 'files', { ...running.context })

  async function contents(c = own): Promise<Map<string, string>> {
    const one = source()
    const { items } = await readChanges(one, c, null)
    const found = await readContents(one, c, items)
    return new Map(items.map((item) => [(item.meta['path'] as string[]).join('/'), String(found.get(item.key))]))
  }

  const read = (since: Cursor | null, c = own) => readChanges(source(), c, since)
  const paths = async (c = own) => (await read(null, c)).items.map(({ meta }) => (meta['path'] as string[]).join('/')).sort()

  return {
    get running(): MicrosoftAccount {
      return running
    },
    get drive(): DriveStore {
      return running.user.drive
    },
    ...{ start, source, read, paths, contents },
    /** Each collection, and why it is skipped. */
    skipped: async () => (await collectionsOf(source())).map((one) => [one.path[0], one.skipped ?? null]),
  }
}
