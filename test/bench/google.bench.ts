/**
 * `npm run bench:google [-- --scale N --speed N]`: the first backup of a large Google account at the emulator and one in which
 * nothing changed, against the least that Google's quotas allow. The clocks of both sides go `speed` times as fast as real ones,
 * and the latency is so much shorter: with real clocks the first run takes over half an hour. What the processor does counts
 * `speed` times as much as in truth.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { lifeboatEnvironment, nodeFlags } from '../../build/launch.mjs'
import { costs } from '../../src/providers/google/quota.ts'
import { scopesFor } from '../../src/providers/google/settings.ts'
import { signedIn } from '../emulators/google/clients.ts'
import { Google, type GoogleUser } from '../emulators/google/google.ts'
import { documentedLimits, type Limits } from '../emulators/google/quota.ts'
import { fastClock } from '../fixtures/fast-clock.ts'
import { Random } from '../fixtures/random.ts'
import type { EmulatorRunRequest, EmulatorRunResult } from './emulator-run-types.ts'

const { values: options } = parseArgs({ options: { scale: { type: 'string' }, speed: { type: 'string' } } })
const scale = Number(options.scale ?? 1)
const speed = Number(options.speed ?? 10)
const counts = { messages: 10_000 * scale, contacts: 5_000 * scale, events: 5_000 * scale, files: 5_000 * scale }
const latency = 50
const email = 'bench@example.com'
const aims = { ratio: 1.1, memory: 200e6, requests: 12 }

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-google-'))
const clock = fastClock(speed)
const google = await Google.start({ now: () => clock.now().getTime() })
try {
  await benchmark()
} finally {
  await google.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function benchmark(): Promise<void> {
  const user = google.addUser(email)
  fill(user)
  const { credentials } = await signedIn(google, { email }, scopesFor(['mail', 'contacts', 'calendar', 'files'], false))
  const { id, secret } = google.signIn.client
  const request: EmulatorRunRequest = {
    ...{ provider: 'google', services: ['mail', 'contacts', 'calendar', 'files'], vault: join(folder, 'vault'), speed },
    settings: { user: email, clientId: id, practice: { origin: google.origin, ca: google.caFile } },
    secret: JSON.stringify({ client_secret: secret, refresh_token: credentials.refresh_token }),
  }
  google.latency = latency / speed
  const first = await measured(request)
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  if (first.added !== total || first.failure !== null)
    throw new Error(`${first.added} of ${total} were saved: ${first.failure ?? `${first.pending} pending`}`)
  const second = await measured(request)
  print(first, second)
}

interface Measured extends EmulatorRunResult {
  readonly requests: number
  readonly refused: number
}

async function measured(request: EmulatorRunRequest): Promise<Measured> {
  google.requests.length = 0
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...nodeFlags, join(import.meta.dirname, 'emulator-run.ts'), JSON.stringify(request)],
    { maxBuffer: 1 << 24, env: { ...lifeboatEnvironment, ...process.env } },
  )
  const refused = google.requests.filter(({ status }) => status === 429 || status === 403).length
  return { ...(JSON.parse(stdout) as EmulatorRunResult), requests: google.requests.length, refused }
}

/** Seconds that the quotas alone ask for: a minute's units may be spent at once, and then as many in every minute. */
function least(): { readonly api: string; readonly seconds: number } {
  const { messages, contacts, files } = counts
  const units: Limits = {
    gmail: messages * costs['gmail.messages.get'].units + (messages / 500) * costs['gmail.messages.list'].units,
    drive: files * costs['drive.files.download'].units + (files / 1_000) * costs['drive.files.list'].units,
    people: contacts / 200 + contacts / 1_000,
    calendar: 2,
    directory: 0,
  }
  const each = Object.entries(units).map(([api, spent]) => {
    const limit = documentedLimits[api as keyof Limits]
    return { api, seconds: Math.max(0, spent / limit - 1) * 60 }
  })
  return each.toSorted((a, b) => b.seconds - a.seconds)[0] ?? { api: '', seconds: 0 }
}

function print(first: Measured, second: Measured): void {
  const { api, seconds } = least()
  const took = first.seconds * speed
  const ratio = took / seconds
  const say = (holds: boolean) => (holds ? 'yes' : '**no**')
  const minutes = (of: number) => `${(of / 60).toFixed(1)} min`
  console.log(
    `\n${counts.messages} messages, ${counts.contacts} contacts, ${counts.events} events, ${counts.files} files; ${latency} ms latency; clocks ${speed} × as fast; ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`,
  )
  console.log('|  | measured | aim | met |\n|---|--:|--:|--:|')
  console.log(
    `| first run | ${minutes(took)}, ${ratio.toFixed(2)} × what the quota of ${api} allows (${minutes(seconds)}) | ≤ ${aims.ratio} × | ${say(ratio <= aims.ratio)} |`,
  )
  console.log(`| requests of the first run | ${first.requests}, ${first.refused} of them refused |  |  |`)
  console.log(`| no change | ${second.requests} requests | ≤ ${aims.requests} | ${say(second.requests <= aims.requests)} |`)
  console.log(`| memory | ${Math.round(first.memory / 1e6)} MB | < 200 MB | ${say(first.memory < aims.memory)} |`)
  console.log(`\nOf the real ${first.seconds.toFixed(0)} s, Lifeboat's processor time is ${first.cpu.toFixed(0)} s.`)
}

function fill({ gmail, people, calendar, drive }: GoogleUser): void {
  const random = new Random(7)
  const work = gmail.createLabel('Work')
  for (let n = 0; n < counts.messages; n++) {
    const date = new Date(Date.UTC(2015, 0, 1) + n * 3_600_000)
    const body = `Line ${n} of a message that somebody wrote.\r\n`.repeat(10 + Math.floor(random.next() * 150))
    const text = `From: a${n}@example.org\r\nTo: ${email}\r\nSubject: Message ${n}\r\nDate: ${date.toUTCString()}\r\nMessage-ID: <${n}@example.org>\r\n\r\n${body}`
    gmail.add(
      text,
      [n % 3 === 0 ? 'SENT' : 'INBOX', ...(n % 5 === 0 ? [work.id] : []), ...(n % 7 === 0 ? ['UNREAD'] : [])],
      date.toISOString(),
    )
  }
  for (let n = 0; n < counts.contacts; n++)
    people.add({
      names: [{ displayName: `Person ${n}`, givenName: 'Person', familyName: String(n) }],
      emailAddresses: [{ value: `p${n}@example.org`, type: 'home' }],
      phoneNumbers: [{ value: `+44 ${n}`, type: 'mobile' }],
    })
  for (let n = 0; n < counts.events; n++) {
    const start = new Date(Date.UTC(2020, 0, 1, 9) + n * 7_200_000)
    const end = new Date(start.getTime() + 3_600_000)
    const zoned = (time: Date) => ({ dateTime: time.toISOString(), timeZone: 'Europe/Berlin' })
    calendar.primary.put({
      summary: `Event ${n}`,
      description: 'To talk about it. '.repeat(5),
      start: zoned(start),
      end: zoned(end),
    })
  }
  const folders = Array.from({ length: Math.max(1, Math.round(counts.files / 50)) }, (_, n) => drive.folder(`Folder ${n}`).id)
  for (let n = 0; n < counts.files; n++)
    drive.add(`file ${n}.txt`, {
      ...{ parent: folders[n % folders.length] ?? drive.root, mimeType: 'text/plain' },
      content: `Number ${n} `.repeat(100 + Math.floor(random.next() * 2_000)),
    })
}
