/** Whether a screen can be read and used in little room: magnified, or on a narrow display (WCAG 2.2, 1.4.4 and 1.4.10). */
import type { Page } from 'puppeteer-core'
import { resize } from '../viewer/page/settled.ts'

/** 200 % of a window of 1280 by 900, and the narrowest that has to do. */
const small = [
  { width: 640, height: 450, deviceScaleFactor: 2 },
  { width: 320, height: 640 },
]

/** What does not fit, in words; the window is as large as before afterwards. */
export async function unfitting(page: Page, within = 'main'): Promise<string[]> {
  const before = page.viewport()
  // The menu must not be met while it slides away.
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }])
  const found: string[] = []
  for (const viewport of small) {
    await resize(page, viewport)
    for (const look of [sideways, outside, cut, unreachable])
      found.push(...(await page.evaluate(look, within)).map((what) => `${viewport.width} wide: ${what}`))
  }
  await page.emulateMediaFeatures([])
  if (before !== null) await resize(page, before)
  return found
}

/** Runs in the page. */
function sideways(within: string): string[] {
  const places = [document.documentElement, ...document.querySelectorAll(within)]
  const wide = places.filter((place) => place.scrollWidth > place.clientWidth)
  return wide.map((place) => `${place.tagName} scrolls sideways, ${place.scrollWidth} in ${place.clientWidth}`)
}

/** Runs in the page. Words that are cut off, or lie outside of the box that they belong to. */
function outside(within: string): string[] {
  const found: string[] = []
  // A wide table scrolls within its own box, which may be; that the keyboard reaches it, axe looks after.
  const boxesAround = (element: Element): Element[] => {
    if (element.matches(within)) return [element]
    if (/auto|scroll/.test(getComputedStyle(element).overflowX)) return []
    return [element, ...(element.parentElement === null ? [] : boxesAround(element.parentElement))]
  }
  const isBox = (element: Element) =>
    element.matches('main, .card, .button, .chip, .notice, .verdict') || getComputedStyle(element).overflowX !== 'visible'
  const look = (text: Node, parent: Element) => {
    const range = document.createRange()
    range.selectNodeContents(text)
    const rects = [...range.getClientRects()].filter(({ width }) => width > 0)
    for (const box of boxesAround(parent).filter(isBox)) {
      const { left, right } = box.getBoundingClientRect()
      if (rects.some((rect) => rect.left < left - 1 || rect.right > right + 1))
        found.push(`"${text.textContent?.trim()}" lies outside of ${box.tagName} ${box.className}`)
    }
  }
  // What is said aloud only, what says in dots that there is more, and what the browser draws itself.
  const isMeantSo = (element: Element) => element.closest('.hidden-text, .ellipsis, select, iframe') !== null
  const texts = document.createTreeWalker(document.querySelector(within) ?? document, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { currentNode: text } = texts
    const parent = text.parentElement
    if (parent?.checkVisibility({ visibilityProperty: true }) && text.textContent?.trim() && !isMeantSo(parent))
      look(text, parent)
  }
  return found
}

/** Runs in the page. Chosen words that their field is too narrow for. */
function cut(within: string): string[] {
  const shown = [...document.querySelectorAll<HTMLSelectElement>(`${within} select`)].filter((field) => field.checkVisibility())
  return shown.flatMap((field) => {
    const words = field.selectedOptions[0]?.text ?? ''
    const wide = field.cloneNode() as HTMLSelectElement
    wide.append(new Option(words))
    wide.style.cssText = 'position: absolute; width: max-content; min-width: 0; max-width: none; flex: none'
    field.after(wide)
    const isCut = wide.getBoundingClientRect().width > field.getBoundingClientRect().width + 1
    wide.remove()
    return isCut ? [`"${words}" is cut off`] : []
  })
}

/** Runs in the page. What can be pressed or filled in and lies open to no pointer. */
function unreachable(within: string): string[] {
  const all = document.querySelectorAll<HTMLButtonElement>(`${within} :is(a[href], button, input, select, summary, textarea)`)
  const isHit = (control: HTMLElement, { left, top, width, height }: DOMRect) => {
    const hit = document.elementFromPoint(left + width / 2, top + Math.min(height, innerHeight) / 2)
    return hit !== null && (control.contains(hit) || hit.closest('label')?.control === control)
  }
  const hidden = [...all].filter((control) => {
    if (control.disabled || !control.checkVisibility({ visibilityProperty: true })) return false
    control.scrollIntoView({ block: 'center', behavior: 'instant' })
    return ![...control.getClientRects()].some((rect) => isHit(control, rect))
  })
  document.querySelector(within)?.scrollTo(0, 0)
  return hidden.map(({ outerHTML }) => `${outerHTML.slice(0, 120)} cannot be reached`)
}
