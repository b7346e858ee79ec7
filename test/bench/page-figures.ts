/** How fast START HERE.html is in Chromium, opened from the disk, and how much memory it takes. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface PageFigures {
  /** Milliseconds from the start of the navigation to the first message in a list, and to the list of all of them. */
  readonly firstList: number
  readonly wholeList: number
  /** Milliseconds until a message's text is there, spread over all messages: median and slowest. */
  readonly open: { readonly median: number; readonly slowest: number }
  /** By query: milliseconds until all results are there, the first time and again, and how many they are. */
  readonly searches: Readonly<Record<string, { readonly first: number; readonly again: number; readonly found: number }>>
  /** The most that the page's process took: when the list was there, and while searching. */
  readonly memory: { readonly list: PageMemory; readonly searching: PageMemory }
}

/** Octets. */
export interface PageMemory {
  /** What the process has for itself: the footprint in the browser's own task manager. */
  readonly own: number
  /** All that is resident (RSS): also the browser's program, some 120 MB that all its processes share. */
  readonly whole: number
}

export interface PageTask {
  /** Folder of the vault. */
  readonly vault: string
  readonly queries: readonly string[]
  /** How many messages are opened, spread evenly over those there are. */
  readonly opens: number
}

/**
 * Needs `/usr/bin/chromium`. The disk's cache is as it is: drop it before for cold figures. In a process of its own, because it
 * is written for a browser's window in part.
 */
export async function pageFigures(task: PageTask): Promise<PageFigures> {
  const program = join(import.meta.dirname, '..', 'viewer', 'page', 'measure-page.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(task)], { maxBuffer: 2 ** 24 })
  return JSON.parse(stdout) as PageFigures
}
