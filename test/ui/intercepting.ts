import type { HTTPRequest, Page } from 'puppeteer-core'

/**
 * While `work` runs, `meet` gets what the page asks for, and may answer it or leave it unanswered: true. Everything else goes its
 * way, and afterwards what was left unanswered does, too.
 */
export async function intercepting(
  page: Page,
  meet: (request: HTTPRequest) => boolean,
  work: () => Promise<void>,
): Promise<void> {
  const met: HTTPRequest[] = []
  let isOver = false
  // There before anything is held up and until nothing is any more: what nobody lets go would hang for ever.
  const hear = (request: HTTPRequest) => {
    if (request.interceptResolutionState().action === 'disabled') return
    if (!isOver && meet(request)) met.push(request)
    else void request.continue()
  }
  page.on('request', hear)
  await page.setRequestInterception(true)
  try {
    await work()
  } finally {
    isOver = true
    for (const request of met) if (!request.isInterceptResolutionHandled()) await request.continue()
    await page.setRequestInterception(false)
    page.off('request', hear)
  }
}
