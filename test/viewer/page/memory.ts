import { readFileSync } from 'node:fs'
import type { StartedBrowser } from './browsers.ts'

/** Octets in memory (RSS) of the largest process that shows a page. */
export async function rendererMemory({ browser }: StartedBrowser): Promise<number> {
  const session = await browser.target().createCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentOctets(id))
  return Math.max(0, ...sizes)
}

function residentOctets(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
