/**
 * `npm run bench:microsoft [-- --messages N --speed N]`: the first backup of a large mailbox at the emulator and one in which
 * nothing changed, against the least that Microsoft's limits and the latency allow. The clocks of both sides go `speed` times as
 * fast as real ones, and the latency is so much shorter. What the processor does counts `speed` times as much as in truth.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { lifeboatEnvironment, nodeFlags } from '../../build/launch.mjs'
import type { Account } from '../../src/core/types.ts'
import { readClientId } from '../../src/providers/microsoft/client-id.ts'
import { signIn } from '../../src/providers/microsoft/sign-in.ts'
import { consent } from '../emulators/microsoft/browser.ts'
import { Microsoft, type RequestRecord } from '../emulators/microsoft/microsoft.ts'
import { documentedLimits } from '../emulators/microsoft/throttle.ts'
import { fastClock } from '../fixtures/fast-clock.ts'
import { testContext } from '../fixtures/memory-account.ts'
import type { EmulatorRunRequest, EmulatorRunResult } from './emulator-run-types.ts'
import { Random } from './random.ts'

const { values: options } = parseArgs({ options: { messages: { type: 'string' }, speed: { type: 'string' } } })
const messages = Number(options.messages ?? 15_000)
const speed = Number(options.speed ?? 10)
const latency = 100
const folders = 12
const email = 'bench@example.com'
const aims = { ratio: 1.1, memory: 200e6 }

const scratch = mkdtempSync(join(tmpdir(), 'lifeboat-bench-microsoft-'))
const clock = fastClock(speed)
const microsoft = await Microsoft.start({ now: () => clock.now().getTime() })
try {
  await benchmark()
} finally {
  await microsoft.stop()
  rmSync(scratch, { recursive: true, force: true })
}

async function benchmark(): Promise<void> {
  fill()
  const { settings, secret } = await signedIn()
  const request: EmulatorRunRequest = {
    provider: 'microsoft',
    services: ['mail'],
    vault: join(scratch, 'vault'),
    speed,
    settings,
    secret,
  }
  microsoft.latency = latency / speed
  const first = await measured(request)
  if (first.added !== messages || first.failure !== null) {
    throw new Error(`${first.added} of ${messages} were saved: ${first.failure ?? `${first.pending} pending`}`)
  }
  print(first, await measured(request))
}

async function signedIn(): Promise<{ readonly settings: Account['settings']; readonly secret: string }> {
  const client = readClientId(JSON.stringify(microsoft.practiceFile()))
  const open = async (url: string) => void (await consent(url, microsoft.ca, { email }))
  const { signal } = new AbortController()
  return await signIn({ settings: client.settings, services: ['mail'] }, client.secret, { open }, testContext, signal)
}

interface Measured extends EmulatorRunResult {
  readonly requests: readonly RequestRecord[]
}

async function measured(request: EmulatorRunRequest): Promise<Measured> {
  microsoft.requests.length = 0
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...nodeFlags, join(import.meta.dirname, 'emulator-run.ts'), JSON.stringify(request)],
    { maxBuffer: 1 << 24, env: { ...lifeboatEnvironment, ...process.env } },
  )
  return { ...(JSON.parse(stdout) as EmulatorRunResult), requests: [...microsoft.requests] }
}

/** Seconds that the limits and the latency ask for: so many at once, and so many in a window. */
function least(calls: number): number {
  const { atOnce, requests, window } = documentedLimits.outlook
  const windows = Math.ceil(calls / requests) - 1
  const waiting = (windows * window) / 1_000
  return waiting + ((calls - windows * requests) / atOnce) * (latency / 1_000)
}

function print(first: Measured, second: Measured): void {
  const graph = first.requests.filter(({ method, isInner }) => method !== 'sign-in' && !isInner)
  const seconds = least(messages + graph.filter(({ method }) => method !== 'message.get.mime').length)
  const took = first.seconds * speed
  const ratio = took / seconds
  const asked = second.requests.filter(({ isInner }) => !isInner).length
  const say = (holds: boolean) => (holds ? 'yes' : '**no**')
  const minutes = (of: number) => `${(of / 60).toFixed(1)} min`
  const most = second.collections + 8
  console.log(
    `\n${messages} messages in ${folders} folders and the usual ones; ${latency} ms latency; clocks ${speed} × as fast; ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`,
  )
  console.log('|  | measured | aim | met |\n|---|--:|--:|--:|')
  console.log(
    `| first run | ${minutes(took)}, ${ratio.toFixed(2)} × the least (${minutes(seconds)}) | ≤ ${aims.ratio} × | ${say(ratio <= aims.ratio)} |`,
  )
  console.log(
    `| requests of the first run | ${graph.length}, ${microsoft.throttle.refused} of them refused, at most ${microsoft.throttle.peak} at once |  |  |`,
  )
  console.log(`| no change | ${asked} requests | ≤ ${most} | ${say(asked <= most)} |`)
  console.log(`| memory | ${Math.round(first.memory / 1e6)} MB | < 200 MB | ${say(first.memory < aims.memory)} |`)
  console.log(`\nOf the real ${first.seconds.toFixed(0)} s, Lifeboat's processor time is ${first.cpu.toFixed(0)} s.`)
}

function fill(): void {
  const { mail } = microsoft.addUser(email)
  const random = new Random(7)
  const ids = Array.from({ length: folders }, (_, n) => mail.addFolder(`Folder ${n}`).id)
  for (let n = 0; n < messages; n++) {
    const date = new Date(Date.UTC(2015, 0, 1) + n * 3_600_000)
    const body = `Line ${n} of a message that somebody wrote.\r\n`.repeat(10 + Math.floor(random.next() * 150))
    const text = `From: a${n}@example.org\r\nTo: ${email}\r\nSubject: Message ${n}\r\nDate: ${date.toUTCString()}\r\nMessage-ID: <${n}@example.org>\r\n\r\n${body}`
    mail.add(text, n % 3 === 0 ? 'inbox' : ids[n % folders], { received: date.toISOString(), isRead: n % 2 === 0 })
  }
}
