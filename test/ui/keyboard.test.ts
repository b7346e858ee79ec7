/** The whole first run without a mouse, in German, at 200 % zoom; and every screen in German. */
import type { SerializedAXNode } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { words } from '../../src/ui/words.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled, resize } from '../viewer/page/settled.ts'
import { unfitting } from './fit.ts'
import { type AppWindow, openWindow } from './window.ts'

/** The name of each list, and of the article in each of its items. */
function listsIn(node: SerializedAXNode | null): [string, string[]][] {
  if (node === null) return []
  const { role, name = '', children = [] } = node
  const articles = (item: SerializedAXNode): string[] =>
    item.role === 'article' ? [item.name ?? ''] : (item.children ?? []).flatMap(articles)
  const items = children.filter((child) => child.role === 'listitem').map((item) => articles(item).join())
  return [...(role === 'list' ? [[name, items] as [string, string[]]] : []), ...children.flatMap(listsIn)]
}

describeUnless(browserMissing('chromium') ?? dovecotMissing(), 'without a mouse, in German', () => {
  let app: AppWindow
  let dovecot: Dovecot
  beforeAll(async () => {
    dovecot = await startDovecot({ users: { bob: 'builder' } })
    await (await dovecot.admin('bob')).append('INBOX', Buffer.from('From: a@example.net\r\nSubject: Hallo\r\n\r\nHallo\r\n'))
    app = await openWindow({}, 'de')
    // 200 % of a window of 1280 by 900.
    await resize(app.page, { width: 640, height: 450, deviceScaleFactor: 2 })
    app.plugIn('PLATTE')
  })
  afterAll(async () => {
    await app?.close()
    await dovecot?.stop()
  })

  /** What has the focus: its words or its label. */
  const focused = () =>
    app.page.evaluate(() => {
      // The page itself holds all the words there are.
      if (document.activeElement?.matches('main, body') !== false) return ''
      const element = document.activeElement as HTMLElement & { labels?: NodeListOf<HTMLLabelElement> | null }
      return [
        element.innerText,
        element.getAttribute('aria-label'),
        ...[...(element.labels ?? [])].map((label) => label.innerText),
      ].join(' ')
    })
  /** Tab, until it is reached. */
  async function tabTo(what: string): Promise<void> {
    const seen: string[] = []
    for (let at = 0; at < 60; at++) {
      await app.page.keyboard.press('Tab')
      const now = await focused()
      if (now.includes(what)) return
      seen.push(now.slice(0, 40))
    }
    expect(seen.join(' | ')).toContain(what)
  }
  const type = async (label: string, text: string) => {
    await tabTo(label)
    await app.page.keyboard.down('Control')
    await app.page.keyboard.press('a')
    await app.page.keyboard.up('Control')
    await app.page.keyboard.type(text)
  }

  it('connects the account, chooses the disk and starts', async () => {
    await tabTo('Zum Inhalt springen')
    await tabTo('In drei Schritten einrichten')
    await app.page.keyboard.press('Enter')
    await app.sees('Welches Konto?')
    await type('E-Mail-Adresse', 'bob@example.org')
    await tabTo('Von Hand einrichten')
    await app.page.keyboard.press('Enter')
    await app.sees('Server für E-Mail')
    await type('Server für E-Mail', '127.0.0.1')
    await tabTo('Verschlüsselung')
    await app.page.keyboard.type('Keine')
    await type('Port', String(dovecot.port))
    await type('Benutzername', 'bob')
    await type('Passwort', 'builder')
    await app.page.keyboard.press('Enter')
    await app.sees('Passwort in einer Datei aufbewahren?')
    await tabTo('Ja, in einer Datei')
    await app.page.keyboard.press('Enter')
    await app.sees('Welcher Datenträger?')
    await app.sees('PLATTE')
    await type('Wie nennen Sie ihn?', 'Blaue Platte')
    await tabTo('Diesen nehmen')
    await app.page.keyboard.press('Enter')
    await app.sees('Alles in bob@example.org kommt auf „Blaue Platte“')
    await tabTo('Starten')
    await app.page.keyboard.press('Enter')
    await app.sees('Fertig. Alles ist gesichert.')
  })

  it('says where one is when the screen changes, and lists announce their items', async () => {
    await app.go('home')
    await app.sees('Sie würden alles bis')
    await app.go('proof')
    await app.page.waitForFunction(
      () => document.activeElement?.tagName === 'H1' && document.activeElement.textContent?.includes('Beweis'),
      polled,
    )
    await app.go('home')
    const lists = await app.page.$$eval('.service-list', (all) => all.map((list) => [list.tagName, list.children.length]))
    expect(lists).toEqual([['UL', 1]])
    expect(await app.page.$eval('.service-list li', (item) => item.textContent)).toContain('E-Mail: 1 Nachricht')
    // As assistive technology is told it: each list with its name and its number of items, and the name of each item's content.
    const spoken = await app.page.accessibility.snapshot({ interestingOnly: false })
    expect(listsIn(spoken)).toEqual(
      expect.arrayContaining([
        ['Ihre Konten', ['bob@example.org']],
        ['Ihre Datenträger', ['Blaue Platte']],
      ]),
    )
  })

  it('has its whole menu in a small window, too', async () => {
    await app.go('home')
    await app.page.click('.top .menu')
    await app.page.waitForFunction(() => document.querySelector('.side')?.getBoundingClientRect().left === 0, polled)
    expect(await app.page.$$eval('.side a', (links) => links.length)).toBeGreaterThan(6)
    expect(await unfitting(app.page, '.side')).toEqual([])
    await app.page.keyboard.press('Escape')
    await app.page.waitForFunction(() => document.querySelector('.side.open') === null, polled)
  })

  it('speaks German on every screen, with German dates and numbers', async () => {
    await resize(app.page, { width: 1280, height: 900 })
    const english = Object.values(words)
      .flatMap(({ en, de }) => (typeof en === 'string' && en !== de && en.length > 12 && !en.includes('{') ? [en] : []))
      .filter((text) => !Object.values(words).some(({ de }) => de === text))
    expect(english.length).toBeGreaterThan(200)
    for (const screen of [
      'home',
      'progress',
      'missing',
      'restore',
      'proof',
      'collect',
      'lockout',
      'settings',
      'begin',
      'begin?step=disk',
      'begin?step=have',
    ]) {
      await app.go(screen)
      const text = await app.text()
      expect([screen, english.filter((phrase) => text.includes(phrase))]).toEqual([screen, []])
      await app.inspect(`german-${screen.replaceAll(/\W/g, '-')}`)
    }
    await app.go('home')
    const { safeAsOf } = (await app.screens.desktop.home()).verdict
    const month = new Intl.DateTimeFormat('de-DE', { month: 'long' }).format(new Date(safeAsOf ?? ''))
    expect(await app.text('.verdict')).toMatch(new RegExp(`\\d+\\. ${month} \\d{4}`))
  })

  it('tells the steps of a provider in German, too', async () => {
    await app.go('begin')
    await app.fill('E-Mail-Adresse', 'anna@gmx.de')
    await app.press('Suchen')
    await app.sees('Gefunden: GMX')
    await app.sees('schalten Sie den Zugriff ein', '.how-to')
    expect(await app.page.$$eval('main [lang="en"]', (foreign) => foreign.map((element) => element.textContent))).toEqual([])
    await app.inspect('german-connect')
  })

  it('says in German what went wrong, with what the server says in its own words', async () => {
    await app.go('account?id=bob%40example.org')
    await app.fill('Ein neues Passwort', 'wrong')
    await app.press('Anmelden', '.connect-form')
    await app.sees('Die Anmeldung klappte nicht')
    await app.sees('nimmt Benutzernamen oder Passwort nicht an. Er sagt: Authentication failed.')
    dovecot.kill()
    await app.go('home')
    await app.press('Sichern', '.disk-card')
    await app.page.waitForSelector('.ended .failure')
    await app.sees('Der Anbieter ist nicht erreichbar')
    await app.sees('127.0.0.1 lehnt die Verbindung ab.')
    await app.inspect('german-failure')
  })

  it('never says a word that only programmers know', () => {
    const forbidden = /\b(?:repository|snapshot|token|sync state|daemon|cron|stdout|exception|vault|tresor)\b/i
    const said = Object.entries(words).flatMap(([key, phrases]) =>
      Object.values(phrases).flatMap((phrase) =>
        (typeof phrase === 'string' ? [phrase] : [phrase.one, phrase.other]).map((text) => `${key}: ${text}`),
      ),
    )
    expect(said.filter((text) => forbidden.test(text.slice(text.indexOf(':'))))).toEqual([])
  })
})
