/** Disks that take some accounts only, and an account that comes later. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { openBackedUp } from './backed-up.ts'
import type { AppWindow } from './window.ts'

const documents = join(fileURLToPath(new URL('../../assets/sample-account', import.meta.url)), 'Documents')

describeUnless(browserMissing('chromium'), 'an account that comes later', () => {
  let app: AppWindow
  let disk: string
  const home = () => app.screens.desktop.home()
  beforeAll(async () => {
    app = await openBackedUp()
    disk = (await home()).disks[0]?.id ?? ''
    await app.screens.desktop.disks.change(disk, { chosen: ['papers'] })
  })
  afterAll(() => app?.close())

  it('goes to no disk by itself where somebody has chosen, and it is said where to choose', async () => {
    await app.go(`begin?${new URLSearchParams({ step: 'account', copy: documents })}`)
    await app.fill('Name of the account', 'zoe')
    await app.press('Use this copy')
    await app.sees('Everything in papers, zoe goes to “Blue Disk”.')
    await app.go('home')
    await app.sees('You would lose zoe.')
    await app.inspect('goes-to-no-disk')
    await app.press('Choose what goes to your disks')
    await app.sees('Which accounts go to “Blue Disk”')
  })

  it('goes to the disk for which it was set up', async () => {
    await app.go(`begin?${new URLSearchParams({ step: 'start', disk, account: 'zoe' })}`)
    await app.press('Only when I say so')
    await app.press('Start', '.begin-card')
    await app.sees('Finished. Everything is saved.')
    expect((await home()).disks[0]?.chosen).toEqual(['papers', 'zoe'])
    await app.screens.desktop.settled()
    expect((await home()).accounts.map(({ id, safeAsOf }) => [id, safeAsOf !== null])).toEqual([
      ['papers', true],
      ['zoe', true],
    ])
  })
})
