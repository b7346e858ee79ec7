import { readFileSync } from 'node:fs'
import type { PageMemory } from '../../bench/page-figures.ts'
import type { StartedBrowser } from './browsers.ts'

/** Of the largest process that shows a page. */
export async function rendererMemory({ browser }: StartedBrowser): Promise<PageMemory> {
  const session = await browser.target().createCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => memoryOf(id))
  return sizes.reduce((most, one) => (one.whole > most.whole ? one : most), { own: 0, whole: 0 })
}

function memoryOf(pid: number): PageMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const octets = (name: string): number => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return { own: octets('RssAnon') + octets('VmSwap'), whole: octets('VmRSS') }
}
