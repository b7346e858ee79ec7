/** Stands in for `safe/clean-html.ts`: nothing is cleaned, so that a test sees what the frame and its policy hold alone. */
import type { CleanHtml } from '../../../src/viewer/page/safe/clean-html.ts'

export function cleanHtml(source: string): CleanHtml {
  return { html: source, links: [], remote: 0, missing: [] }
}
