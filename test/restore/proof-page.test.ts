import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { sentenceIn } from '../../src/core/sentences.ts'
import type { AccountProof, Proof } from '../../src/engine/proof.ts'
import { proofPage } from '../../src/engine/proof-page.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { scratchFolder } from '../fixtures/vaults.ts'
import { browserMissing, startBrowser } from '../viewer/page/browsers.ts'

const hostile = '<img src=x onerror="document.title=1"></td><script>document.title=2</script>\u202egpj'

function proofOf(verdict: Proof['verdict']): Proof {
  const finding = (n: number) =>
    ({
      service: 'mail',
      collection: ['Inbox', hostile],
      title: `${n} ${hostile}`,
      date: '2025-01-01T00:00:00Z',
      text: 'It is not in its file as it was saved.',
    }) as const
  const account: AccountProof = {
    account: hostile,
    verdict,
    run: '2026-11-22T073105Z',
    lastGood: '2026-11-22T07:35:00.000Z',
    services: (['mail', 'contacts', 'calendar', 'files'] as const).map((service, n) => ({
      ...{
        service,
        collections: 3,
        items: 20_000,
        bytes: 10 ** (3 * n),
        kept: n,
        pending: 0,
        restored: 20_000,
        identical: 20_000,
      },
      ...{ seconds: 10 ** n, fullSeconds: 10 ** n },
    })),
    provider: { asked: true, listed: 20_000, sampled: 20, identical: 20, arrived: 3, changed: 1, removed: 0 },
    faults: verdict === 'not-proven' ? Array.from({ length: 500 }, (_, n) => finding(n)) : [],
    exceptions: verdict === 'proven' ? [] : Array.from({ length: 30 }, (_, n) => finding(n)),
    untested: ['Restoring 19,500 of 20,000 items of mail: a sample was asked for.'],
    recoverySeconds: 2820,
    lossSeconds: 86_400,
    goals: { recoverHours: 12, loseDays: 7 },
  }
  return {
    ...{ version: 1, program: 'Lifeboat test', vault: '/backup', vaultId: '1bed58a6-4c8a-47b4-9027-fc1170a2f238', verdict },
    ...{
      started: '2026-11-22T08:00:00.000Z',
      ended: '2026-11-22T08:47:00.000Z',
      accounts: [account],
      files: 100,
      bytes: 1_000_000,
    },
    ...{
      steps: [{ text: `${hostile}: compared`, seconds: 12 }],
      manifestSha256: 'a'.repeat(64),
      target: 'a temporary folder on this computer',
    },
  }
}

describeUnless(browserMissing('chromium'), 'the page of a proof', () => {
  const verdicts = ['proven', 'proven-with-exceptions', 'not-proven'] as const
  const titles = {
    en: { proven: '✔ Proven', 'proven-with-exceptions': '✔ Proven with exceptions', 'not-proven': '✘ Not proven' },
    de: { proven: '✔ Bewiesen', 'proven-with-exceptions': '✔ Bewiesen mit Ausnahmen', 'not-proven': '✘ Nicht bewiesen' },
  }
  const headings = {
    en: /^(Proven|Proven with exceptions|Not proven): recovery proof of 22 November 2026$/,
    de: /^(Bewiesen|Bewiesen mit Ausnahmen|Nicht bewiesen): Beweis der Wiederherstellung vom 22. November 2026$/,
  }

  test.each(verdicts.flatMap((verdict) => (['en', 'de'] as const).map((language) => ({ verdict, language }))))(
    '$verdict ($language): says so in one sentence, prints on one or two pages, needs no script, and nothing in it runs',
    async ({ verdict, language }) => {
      const file = join(await scratchFolder(), 'proof.html')
      writeFileSync(file, proofPage(proofOf(verdict), language))
      const { newPage, stop } = await startBrowser('chromium')
      try {
        const page = await newPage()
        const requests: string[] = []
        page.on('request', (request) => void requests.push(request.url()))
        await page.goto(pathToFileURL(file).href)
        expect(requests).toEqual([pathToFileURL(file).href])
        expect(await page.title()).toMatch(headings[language])
        const seen = await page.evaluate(`({
          heading: document.querySelector('h1').textContent.trim(),
          scripts: document.scripts.length,
          pictures: document.images.length,
          headers: document.querySelectorAll('th:not([scope])').length,
          language: document.documentElement.lang,
          wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
        })`)
        expect(seen).toEqual({ heading: titles[language][verdict], scripts: 0, pictures: 0, headers: 0, language, wide: false })
        const pictures = process.env.LIFEBOAT_PICTURES
        if (pictures) await page.screenshot({ path: join(pictures, `proof-${verdict}-${language}.png`), fullPage: true })
        const pdf = Buffer.from(await page.pdf({ format: 'A4' })).toString('latin1')
        expect(pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length).toBeLessThanOrEqual(2)
      } finally {
        await stop()
      }
    },
  )

  test.each(['en', 'de'] as const)('has nothing that a checker of accessibility objects to (%s)', async (language) => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const file = join(await scratchFolder(), 'proof.html')
    // Only the checker needs to run; the page itself forbids every script.
    const page_ = proofPage(proofOf('not-proven'), language).replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
    writeFileSync(file, page_.replace('</body>', `<script>${axe.replaceAll('</script', '<\\/script')}</script></body>`))
    const { newPage, stop } = await startBrowser('chromium')
    try {
      const page = await newPage()
      await page.goto(pathToFileURL(file).href)
      const violations = await page.evaluate(
        'axe.run().then((result) => result.violations.map(({ id, nodes }) => id + ": " + nodes.map((node) => node.target).join(" ")))',
      )
      expect(violations).toEqual([])
    } finally {
      await stop()
    }
  })
})

test('what a drill says is said in German as well; what others said stays as it is, and says that it does', () => {
  const said = [
    'The provider does not have it, and does not say that it was removed since the last backup.',
    'It came back with other marks: none instead of \\Seen.',
    'Whether it is what the provider has now: The account is not set up on this computer.',
    'Restoring 19,500 of 20,000 items of mail: a sample was asked for.',
    'data/a/Mail/2025.mbox is not what was saved: its checksum differs.',
  ]
  const proof = proofOf('not-proven')
  const [account] = proof.accounts
  if (account === undefined) throw new Error('There is no account.')
  const faults = [...said, 'Mailbox is over quota'].map((text) => ({ service: null, collection: [], title: '', date: '', text }))
  const page = proofPage({ ...proof, accounts: [{ ...account, faults: faults.slice(1), untested: [], exceptions: [] }] }, 'de')
  for (const { text, language } of said.map((sentence) => sentenceIn('de', sentence))) {
    expect(language).toBe('de')
    expect(text).not.toMatch(/\b(?:the|It|came|of|is)\b/)
  }
  expect(page).toContain('Es kam mit anderen Markierungen zurück: keine statt')
  expect(page).toContain('<span lang="en">Mailbox is over quota</span>')
  expect(page).not.toMatch(/\b(?:messages|Restored|Exceptions|What to do)\b/)
})

test.each([
  ['en', '1 contact', '2 files'],
  ['de', '1 Kontakt', '2 Dateien'],
] as const)('counts in the singular and the plural (%s)', (language, one, two) => {
  const proof = proofOf('proven')
  const accounts = proof.accounts.map((account) => ({
    ...account,
    services: account.services.map((part) => ({ ...part, items: part.service === 'contacts' ? 1 : 2 })),
  }))
  const page = proofPage({ ...proof, accounts }, language)
  expect(page).toMatch(new RegExp(`<td>${one}[< ]`))
  expect(page).toMatch(new RegExp(`<td>${two}[< ]`))
})
