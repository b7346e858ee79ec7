/** Bringing back, with the window closed or reloaded on the way: what is said of it is never more than what happened. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '../../src/api/desktop/contract.ts'
import { nameOf, stoppedWords, wasStopped } from '../../src/ui/jobs.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled } from '../viewer/page/settled.ts'
import { openBackedUp } from './backed-up.ts'
import type { AppWindow } from './window.ts'

describeUnless(browserMissing('chromium'), 'bringing back', () => {
  let app: AppWindow
  beforeAll(async () => {
    app = await openBackedUp()
  })
  afterAll(() => app?.close())

  it('says what is wrong with a place that is no whole path', async () => {
    await app.go('restore')
    // What is suggested comes a moment later, and would come between.
    await app.page.waitForFunction(
      () => [...document.querySelectorAll('input')].some(({ value }) => value.includes('Lifeboat papers')),
      polled,
    )
    await app.fill('Folder', 'Backup')
    await app.press('See what would happen')
    await app.sees('It is not clear where “Backup” is.')
    expect(app.screens.desktop.jobs.all()).toHaveLength(1)
  })

  it('does not call done what was only looked at, and goes on from there after a reload', async () => {
    const folder = join(app.folder, 'home', 'Back again')
    await app.fill('Folder', folder)
    await app.press('See what would happen')
    await app.sees('This would happen')
    await app.page.reload()
    await app.page.waitForSelector('.restore-form')
    await app.go('progress')
    await app.sees('What would happen', 'h1')
    await app.sees('would be added')
    for (const words of ['It is back', 'How faithful']) expect(await app.text()).not.toContain(words)
    expect(existsSync(folder)).toBe(false)
    await app.inspect('restore-plan-again')
    await app.press('Bring it back')
    await app.sees('It is back.')
    await app.sees('How faithful it is')
    expect(existsSync(folder)).toBe(true)
  })
})

describe('what is said of work', () => {
  const job = (change: object): Job => ({ ...({ failure: null, report: null, request: {} } as unknown as Job), ...change })

  it('that was stopped on its way', () => {
    expect(wasStopped(job({ report: { stopped: true } }))).toBe(true)
    expect(wasStopped(job({ failure: { code: 'cancelled' } }))).toBe(true)
    expect(wasStopped(job({ report: { stopped: false } }))).toBe(false)
    expect(wasStopped(job({ failure: { code: 'network' } }))).toBe(false)
    expect(stoppedWords(job({ kind: 'restore' }))).toBe('done.stoppedRestore')
    expect(stoppedWords(job({ kind: 'restore', request: { dryRun: true } }))).toBe('done.stoppedOther')
    expect(stoppedWords(job({ kind: 'backup', paused: true }))).toBe('done.paused')
  })

  it('that only looks', () => {
    expect(nameOf(job({ kind: 'restore', request: { dryRun: true } }), 'ended')).toBe('ended.plan')
    expect(nameOf(job({ kind: 'restore' }), 'job')).toBe('job.restore')
  })
})
