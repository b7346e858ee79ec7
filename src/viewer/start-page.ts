/** Makes a vault's `START HERE.html` out of the page that the build made. */
import { readFile } from 'node:fs/promises'

/** What the page has to know before it can read anything. */
export interface StartPage {
  /** Name of the folder with the viewer's data, beside the page. */
  readonly dataFolder: string
  /** Shown until the data is there, and where it is missing. */
  readonly vaultName: string
}

const template = new URL('../../dist/viewer-page.html', import.meta.url)
const place = '<!--VAULT-->'

/** @throws ENOENT where the program was not set up (`build/page.mjs` makes the page) */
export async function makeStartPage(vault: StartPage): Promise<string> {
  return fillStartPage(await readFile(template, 'utf8'), vault)
}

export function fillStartPage(page: string, vault: StartPage): string {
  const at = page.indexOf(place)
  if (at < 0) throw new Error('The viewer page has no place for the vault')
  return page.slice(0, at) + jsonInHtml(vault) + page.slice(at + place.length)
}

/** JSON that can end neither the script element it stands in nor its line. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
