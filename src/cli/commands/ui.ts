/** `lifeboat ui`: the app in this computer's own browser. */
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { openOutside } from '../../api/open.ts'
import { exitCodes } from '../../core/messages.ts'
import { interruptible } from '../interrupt.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'

export interface UiOptions {
  readonly open: boolean
  readonly port?: number
}

/** Milliseconds that a browser may take to start. */
const openingTime = 60_000

/** Runs until Ctrl-C; what is under way ends at a safe point then. */
export async function ui({ terminal }: Session, options: UiOptions): Promise<number> {
  const { serveScreens } = await import('../../api/screens.ts')
  await using screens = await serveScreens(options.port ?? 0)
  const { served } = screens
  const say = (text: string) => void terminal.stdout.write(text)
  say(`Lifeboat is at ${served.url}\n`)
  say('The address works once. Press Enter for another window, Ctrl-C to end Lifeboat.\n')
  if (options.open) openPrivately(served.invite(), terminal)
  const input = terminal.stdin.isTTY ? createInterface({ input: terminal.stdin, terminal: false }) : null
  input?.on('line', () => {
    say(`${served.invite()}\n`)
    if (options.open) openPrivately(served.invite(), terminal)
  })
  try {
    await interruptible(
      (text) => void terminal.stderr.write(`${text}\n`),
      (signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    )
  } finally {
    input?.close()
  }
  return exitCodes.ok
}

/**
 * Other people on this computer can read the arguments of every program, so the address goes to the browser in a file that only
 * the person can read. It lies in the home folder itself: browsers in a sandbox read no hidden folders.
 */
function openPrivately(address: string, terminal: Terminal): void {
  const file = join(homedir(), `lifeboat-${randomBytes(6).toString('hex')}.html`)
  const tidy = () => rmSync(file, { force: true })
  try {
    const page = `<!doctype html><title>Lifeboat</title><meta http-equiv="refresh" content="0;url=${address}">\n`
    writeFileSync(file, page, { mode: 0o600, flag: 'wx' })
    if (!openOutside(pathToFileURL(file).href, terminal.env)) tidy()
    else setTimeout(tidy, openingTime).unref()
    process.once('exit', tidy)
  } catch {
    // The address stands on the screen.
  }
}
