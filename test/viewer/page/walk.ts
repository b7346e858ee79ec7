/** Goes through a page as a person would, from inside it: a thousand messages in seconds. */
import type { Page } from 'puppeteer-core'
import { patience } from '../../fixtures/patience.ts'

export interface WalkedMessage {
  readonly doc: number
  readonly heading: string
  /** Text of the body, hidden parts included: of the frame, of the plain text or of the source. */
  readonly text: string
  readonly look: 'html' | 'plain' | 'source' | 'empty' | 'unreadable'
  /** Addresses in its styles and pictures that are not of the message itself. */
  readonly foreign: readonly string[]
}

/**
 * Opens each message and waits until it is there.
 * @param click every element of the message's frame is clicked
 * @throws when a message does not appear
 */
export async function walkMessages(page: Page, docs: readonly number[], click: boolean): Promise<WalkedMessage[]> {
  await page.evaluate(installWalker, patience)
  return await page.evaluate((wanted, clicks) => window.walk(wanted, clicks), docs, click)
}

declare global {
  interface Window {
    walk(docs: readonly number[], clicks: boolean): Promise<WalkedMessage[]>
  }
}

/** Runs in the page. */
function installWalker(limit: number): void {
  const next = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4))
  async function until<T>(find: () => T | null | undefined | false, what: string): Promise<T> {
    for (const end = Date.now() + limit; Date.now() < end; await next()) {
      const found = find()
      if (found) return found
    }
    throw new Error(`Waited in vain for ${what}`)
  }
  async function clickAll(inside: Document): Promise<void> {
    for (const element of inside.querySelectorAll('*')) {
      if (/^(?:html|head|body|style)$/.test(element.localName)) continue
      element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))
    }
    await next()
    for (const dialog of document.querySelectorAll('dialog')) dialog.close()
  }
  /** By what the browser has made of them. */
  function foreignIn(inside: Document): string[] {
    const rules = [...inside.styleSheets].flatMap((sheet) => {
      try {
        return [...sheet.cssRules].map(({ cssText }) => cssText)
      } catch {
        // One that was fetched.
        return [`url(${sheet.href})`]
      }
    })
    const own = [...inside.querySelectorAll<HTMLElement>('[style]')].map(({ style }) => style.cssText)
    const named = [...rules, ...own].flatMap((text) => [...text.matchAll(/url\(\s*["']?([^"')]*)/g)])
    const pictures = [...inside.querySelectorAll('[src]')].map((element) => element.getAttribute('src') ?? '')
    return [...named.map(([, address = '']) => address), ...pictures].filter((address) => !/^(?:data|blob):/.test(address))
  }
  async function read(doc: number, article: Element, clicks: boolean): Promise<WalkedMessage> {
    const heading = article.querySelector('h2')?.textContent ?? ''
    const frame = article.querySelector('iframe')
    if (frame) {
      const inside = await until(() => frame.dataset['loaded'] === 'true' && frame.contentDocument, `the text of message ${doc}`)
      const text = inside.body?.textContent ?? ''
      const foreign = foreignIn(inside)
      if (clicks) await clickAll(inside)
      return { doc, heading, text, look: 'html', foreign }
    }
    const plain = article.querySelector('.plain-text')
    if (plain) return { doc, heading, text: plain.textContent ?? '', look: 'plain', foreign: [] }
    const source = article.querySelector('.message-body .source')
    if (source) return { doc, heading, text: source.textContent ?? '', look: 'source', foreign: [] }
    return { doc, heading, text: '', look: article.classList.contains('unreadable') ? 'unreadable' : 'empty', foreign: [] }
  }
  window.walk = async (docs, clicks) => {
    const walked: WalkedMessage[] = []
    for (const doc of docs) {
      location.hash = `#/mail?folder=all&doc=${doc}`
      const article = await until(
        () => document.querySelector(`.pane.detail article[data-doc="${doc}"], .pane.detail .unreadable`),
        `message ${doc}`,
      )
      walked.push(await read(doc, article, clicks))
    }
    return walked
  }
}
