/** Bringing back, with the window closed or reloaded on the way: what is said of it is never more than what happened. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupReport, RestoreReport } from '../../src/api/contract.ts'
import type { Job } from '../../src/api/desktop/contract.ts'
import { nameOf, stoppedWords, unexplainedIn, wasStopped } from '../../src/ui/jobs.ts'
import { recoveryPages } from '../../src/ui/parts/recovery-pages.ts'
import { failedCollections, hasRemarks, isFaithful } from '../../src/ui/restored.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { until } from '../fixtures/patience.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled } from '../viewer/page/settled.ts'
import { openBackedUp } from './backed-up.ts'
import type { AppWindow } from './window.ts'

const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))

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

  it('keeps no folder and no time of one account for another', async () => {
    const { desktop } = app.screens
    const [disk] = (await desktop.home()).disks
    await desktop.app.addAccount({
      id: 'zoe',
      connections: [{ provider: 'archive', settings: { path: join(sample, 'Documents') } }],
    })
    await desktop.backUp(disk?.id ?? '')
    await until(() => desktop.jobs.all().at(-1)?.state === 'done', 'the second backup')
    await desktop.settled()
    const choose = (label: string, value: string) => app.page.waitForFunction(chosen, polled, label, value)
    await choose('From the account', 'papers')
    await choose('As it was when?', '#1')
    await choose('Only this folder', '#1')
    await choose('From the account', 'zoe')
    await app.fill('Folder', join(app.folder, 'home', 'Of Zoe'))
    await app.press('See what would happen')
    await app.sees('This would happen')
    const { request } = desktop.jobs.all().at(-1) ?? {}
    expect(request).toMatchObject({ account: 'zoe', dryRun: true })
    expect(Object.keys(request ?? {}).toSorted()).toEqual(['account', 'dryRun', 'to', 'vault'])
    await app.press('Change something')
    await choose('From the account', 'papers')
  })

  it('shows names from elsewhere so that they turn nothing around', async () => {
    const { desktop } = app.screens
    const settings = { path: join(sample, 'Documents'), name: 'Akte \u202efdp.exe' }
    await desktop.app.addAccount({ id: 'odd', connections: [{ provider: 'archive', settings }] })
    await desktop.backUp((await desktop.home()).disks[0]?.id ?? '')
    await until(() => desktop.jobs.all().at(-1)?.state === 'done', 'the third backup')
    await desktop.settled()
    await app.page.waitForFunction(chosen, polled, 'From the account', 'odd')
    await app.fill('Folder', join(app.folder, 'home', 'Odd'))
    await app.press('See what would happen')
    await app.sees('This would happen')
    await app.sees('Akte', '.table-box')
    expect(await app.text('.table-box')).not.toContain('\u202e')
    await app.press('Change something')
    await app.page.waitForFunction(chosen, polled, 'From the account', 'papers')
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

/** Runs in the page: chooses an option by its value, or by its number as in `#1`. False: there is none yet. */
function chosen(label: string, value: string): boolean {
  const fields = [...document.querySelectorAll('select')].filter(
    (one) => one.getAttribute('aria-label') === label || [...one.labels].some(({ textContent }) => textContent.includes(label)),
  )
  const [field] = fields
  const options = [...(field?.options ?? [])]
  const option = value.startsWith('#') ? options[Number(value.slice(1))] : options.find((one) => one.value === value)
  if (!field || !option) return false
  field.value = option.value
  field.dispatchEvent(new Event('change', { bubbles: true }))
  return true
}

describe('pages for asking for a locked account', () => {
  it.each([
    ['anna@me.com me.com', ['Apple']],
    ['Clive@gmx.de gmx.net', ['GMX']],
    ['paola.oliver@posteo.de posteo.de', ['Posteo']],
    ['anna@outlook.com Microsoft', ['Microsoft']],
    ['anna@live.de office365.com', ['Microsoft']],
    ['work Google', ['Google']],
    ['a@googlemail.com Google', ['Google']],
    ['home example.org', []],
  ])('of %s are those of %j', (account, names) => {
    expect(recoveryPages.filter(({ fits }) => fits.test(account)).map(({ name }) => name)).toEqual(names)
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

  it('that ended with less saved than the provider listed', () => {
    const report = (...collections: object[]) => ({ accounts: [{ collections }] }) as unknown as BackupReport
    const inbox = { said: 10, stored: 7, pending: 1 }
    expect(unexplainedIn(report(inbox, { said: 4, stored: 4, pending: 0 }))).toBe(2)
    expect(unexplainedIn(report({ ...inbox, skipped: 'Left out.' }, { ...inbox, failure: {} }, { ...inbox, said: null }))).toBe(0)
  })

  it('that brought back less than all, and of what there is more to say', () => {
    const failure = { code: 'network', message: 'The connection ended.', advice: '' } as const
    const inbox = { ...{ service: 'mail', path: ['Inbox'], target: ['Inbox'], items: 3, created: 3, alreadyThere: 0 } } as const
    const sound = { ...inbox, conflicts: 0, failed: 0, bytes: 9, losses: [], examples: [] }
    const report = (collection: object, change: object = {}) =>
      ({
        ...{ failures: [], conflicts: [], losses: [], skipped: [] },
        ...{ collections: [sound, { ...sound, path: ['Sent'], ...collection }], ...change },
      }) as unknown as RestoreReport
    const told = (one: RestoreReport) => [isFaithful(one), hasRemarks(one)]
    expect(told(report({}))).toEqual([true, false])
    expect(told(report({}, { failure }))).toEqual([false, false])
    // Nothing of it counts as failed where only what came afterwards did.
    expect(told(report({ failure }))).toEqual([false, true])
    expect(failedCollections(report({ failure }))).toEqual([{ service: 'mail', path: ['Sent'], failure }])
    const loss = { ...{ service: 'mail', collection: ['Sent'], title: 'Hello', date: '' }, texts: ['A mark is lost.'] }
    const skipped = { service: 'files', items: 2, reason: 'It takes no files.' }
    const gaps = [{ failed: 1 }, { conflicts: 1 }, { losses: ['No colour.'] }].map((one) => report(one))
    for (const one of [...gaps, report({}, { losses: [loss] }), report({}, { skipped: [skipped] })])
      expect(told(one)).toEqual([false, true])
  })

  it('that only looks', () => {
    expect(nameOf(job({ kind: 'restore', request: { dryRun: true } }), 'ended')).toBe('ended.plan')
    expect(nameOf(job({ kind: 'restore' }), 'job')).toBe('job.restore')
  })
})
