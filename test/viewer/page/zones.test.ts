/** What happens elsewhere, on a computer that is somewhere else: times are those of the person, and the event's own stand beside. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeUnless } from '../../fixtures/corpus.ts'
import { browserMissing, browserNames } from './browsers.ts'
import { writeFamilyVault } from './family.ts'
import { Person } from './person.ts'

for (const name of browserNames) {
  describeUnless(browserMissing(name), `the calendar in ${name}`, () => {
    let vault: string

    beforeAll(async () => {
      vault = mkdtempSync(join(tmpdir(), 'lifeboat-zones-'))
      await writeFamilyVault(vault)
    })
    afterAll(() => rmSync(vault, { recursive: true, force: true }))

    it.each([
      // At 19:30 in Berlin.
      ['America/New_York', '25', '13:30 – 15:00', true],
      ['Asia/Tokyo', '26', '03:30 – 05:00', true],
      ['Europe/Berlin', '25', '19:30 – 21:00', false],
    ])('on a computer in %s', async (zone, day, time, isElsewhere) => {
      const person = await Person.opening(name, vault, zone)
      try {
        await person.go('calendar?view=week&date=2026-11-25')
        await person.sees('.week section', 'School evening')
        const days = await person.texts('.week section')
        const shown = days.find((text) => text.includes('School evening'))
        expect(shown).toContain(day)
        expect(shown).toContain(time)
        await person.press('School evening', '.week')
        await person.sees('dialog .facts', time)
        expect((await person.text('dialog .facts')).includes('Europe/Berlin')).toBe(isElsewhere)
        if (isElsewhere) expect(await person.text('dialog .facts')).toContain('25 Nov 2026, 19:30')
        await person.closeDialogs()
        // A whole day is the same day everywhere.
        await person.go('calendar?view=week&date=2026-11-12')
        await person.sees('.week section', 'Holiday')
        const holidays = (await person.texts('.week section')).map((text) => text.includes('Holiday'))
        expect(holidays).toEqual([false, false, false, true, true, true, false])
        await person.go('calendar?view=tasks')
        await person.sees('.tasks', 'Pay the rent')
        await person.sees('.tasks', '1 October 2026')
        expect(await person.watched.all()).toEqual([])
      } finally {
        await person.leave()
      }
    })
  })
}
