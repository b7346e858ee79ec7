/**
 * `npm run bench:microsoft [-- --scale N --speed N]`: the first backup of a large account at the emulator and one in which
 * nothing changed, against the least that Microsoft's limits and the latency allow. The clocks of both sides go `speed` times as
 * fast as real ones, and the latency is so much shorter. What the processor does counts `speed` times as much as in truth.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { lifeboatEnvironment, nodeFlags } from '../../build/launch.mjs'
import type { Account, Service } from '../../src/core/account.ts'
import { readClientId } from '../../src/providers/microsoft/client-id.ts'
import { signIn } from '../../src/providers/microsoft/sign-in.ts'
import { consent } from '../emulators/microsoft/browser.ts'
import { Microsoft, type RequestRecord } from '../emulators/microsoft/microsoft.ts'
import { documentedLimits, type Limits } from '../emulators/microsoft/throttle.ts'
import { fastClock } from '../fixtures/fast-clock.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { Random } from '../fixtures/random.ts'
import type { EmulatorRunRequest, EmulatorRunResult } from './emulator-run-types.ts'

const { values: options } = parseArgs({ options: { scale: { type: 'string' }, speed: { type: 'string' } } })
const scale = Number(options.scale ?? 1)
const speed = Number(options.speed ?? 10)
const counts = { messages: 10_000 * scale, contacts: 5_000 * scale, events: 5_000 * scale, files: 5_000 * scale }
const services: readonly Service[] = ['mail', 'contacts', 'calendar', 'files']
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
    ...{ provider: 'microsoft', services, vault: join(scratch, 'vault'), speed },
    ...{ settings, secret },
  }
  microsoft.latency = latency / speed
  const first = await measured(request)
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  if (first.added !== total || first.failure !== null)
    throw new Error(`${first.added} of ${total} were saved: ${first.failure ?? `${first.pending} pending`}`)
  print(first, await measured(request))
}

async function signedIn(): Promise<{ readonly settings: Account['settings']; readonly secret: string }> {
  const client = readClientId(JSON.stringify(microsoft.practiceFile()))
  const open = async (url: string) => void (await consent(url, microsoft.ca, { email }))
  const { signal } = new AbortController()
  return await signIn({ settings: client.settings, services }, client.secret, { open }, testContext, signal)
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

/** Seconds that the limits and the latency ask for: so many questions at once, asked in one request or not, and so many in a window. */
function secondsOf(asked: readonly RequestRecord[], { atOnce, requests, window }: Limits): number {
  const windows = Math.ceil(asked.length / requests) - 1
  return (windows * window) / 1_000 + ((asked.length - windows * requests) / atOnce) * (latency / 1_000)
}

/** The mailbox, with contacts and calendars, and the drive have limits of their own, side by side. */
function least(asked: readonly RequestRecord[]): { readonly of: string; readonly seconds: number } {
  const isDrive = ({ method }: RequestRecord) => method?.startsWith('drive') === true || method === 'download'
  const mailbox = {
    of: 'a mailbox',
    seconds: secondsOf(
      asked.filter((one) => !isDrive(one)),
      documentedLimits.outlook,
    ),
  }
  const drive = {
    of: 'a drive',
    seconds: secondsOf(
      asked.filter(({ method }) => method?.startsWith('drive')),
      documentedLimits.files,
    ),
  }
  return mailbox.seconds > drive.seconds ? mailbox : drive
}

function print(first: Measured, second: Measured): void {
  const graph = first.requests.filter(({ method, status }) => method !== 'sign-in' && method !== '$batch' && status !== 429)
  const { of, seconds } = least(graph)
  const took = first.seconds * speed
  const ratio = took / seconds
  const asked = second.requests.filter(({ method, isInner }) => method !== 'sign-in' && !isInner).length
  const say = (holds: boolean) => (holds ? 'yes' : '**no**')
  const minutes = (of: number) => `${(of / 60).toFixed(1)} min`
  const most = second.collections + 8
  console.log(
    `\n${counts.messages} messages in ${folders} folders and the usual ones, ${counts.contacts} contacts, ${counts.events} events, ${counts.files} files; ${latency} ms latency; clocks ${speed} × as fast; ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`,
  )
  console.log('|  | measured | aim | met |\n|---|--:|--:|--:|')
  console.log(
    `| first run | ${minutes(took)}, ${ratio.toFixed(2)} × what the limits of ${of} allow (${minutes(seconds)}) | ≤ ${aims.ratio} × | ${say(ratio <= aims.ratio)} |`,
  )
  console.log(
    `| requests of the first run | ${graph.length}, ${microsoft.throttle.refused} of them refused, at most ${microsoft.throttle.peak} at once |  |  |`,
  )
  console.log(`| no change | ${asked} requests | ≤ ${most} | ${say(asked <= most)} |`)
  console.log(`| memory | ${Math.round(first.memory / 1e6)} MB | < 200 MB | ${say(first.memory < aims.memory)} |`)
  console.log(`\nOf the real ${first.seconds.toFixed(0)} s, Lifeboat's processor time is ${first.cpu.toFixed(0)} s.`)
}

function fill(): void {
  const { mail, contacts, calendar, drive } = microsoft.addUser(email)
  const random = new Random(7)
  const ids = Array.from({ length: folders }, (_, n) => mail.addFolder(`Folder ${n}`).id)
  for (let n = 0; n < counts.messages; n++) {
    const date = new Date(Date.UTC(2015, 0, 1) + n * 3_600_000)
    const body = `Line ${n} of a message that somebody wrote.\r\n`.repeat(10 + Math.floor(random.next() * 150))
    const text = `From: a${n}@example.org\r\nTo: ${email}\r\nSubject: Message ${n}\r\nDate: ${date.toUTCString()}\r\nMessage-ID: <${n}@example.org>\r\n\r\n${body}`
    mail.add(text, n % 3 === 0 ? 'inbox' : ids[n % folders], { received: date.toISOString(), isRead: n % 2 === 0 })
  }
  for (let n = 0; n < counts.contacts; n++)
    contacts.add({
      ...{ displayName: `Person ${n}`, givenName: 'Person', surname: String(n), mobilePhone: `+44 ${n}` },
      emailAddresses: [{ name: `Person ${n}`, address: `p${n}@example.org` }],
    })
  for (let n = 0; n < counts.events; n++) {
    const start = Date.UTC(2020, 0, 1, 9) + n * 7_200_000
    const zoned = (time: number) => ({ dateTime: new Date(time).toISOString().slice(0, 19), timeZone: 'UTC' })
    calendar.put({
      ...{ subject: `Event ${n}`, start: zoned(start), end: zoned(start + 3_600_000) },
      body: { contentType: 'text', content: 'To talk about it. '.repeat(5) },
    })
  }
  const below = Array.from({ length: Math.max(1, Math.round(counts.files / 50)) }, (_, n) => drive.folder([`Folder ${n}`]))
  for (let n = 0; n < counts.files; n++)
    drive.add(
      `file ${n}.txt`,
      Buffer.from(`Number ${n} `.repeat(100 + Math.floor(random.next() * 2_000))),
      below[n % below.length],
    )
}
