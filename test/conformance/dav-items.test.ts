import { afterAll, beforeAll, describe } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import type { DavServer } from '../servers/dav-server.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { startXandikos, xandikosMissing } from '../servers/xandikos.ts'
import { startDavItemDriver } from './dav-item-driver.ts'
import { describeItemConformance } from './item-suite.ts'

const servers = [
  { name: 'Radicale', start: startRadicale, missing: radicaleMissing() },
  { name: 'xandikos', start: startXandikos, missing: xandikosMissing() },
]

for (const { name, start, missing } of servers) {
  describeUnless(missing, `dav against ${name}`, () => {
    let server: DavServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())

    for (const service of ['contacts', 'calendar'] as const) {
      describeItemConformance(service, () => startDavItemDriver(server, service))
    }
    describe('without sync-collection', () => {
      describeItemConformance('contacts', () => startDavItemDriver(server, 'contacts', { hideSync: true }))
    })
    describe('with truncated answers', () => {
      describeItemConformance('calendar', () => startDavItemDriver(server, 'calendar', { truncate: 3 }))
    })
  })
}
