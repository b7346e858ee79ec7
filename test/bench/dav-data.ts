/** Contacts, calendar entries and files as people have them, written where the servers keep them. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '../fixtures/random.ts'
import type { DavServer } from '../servers/dav-server.ts'

const given = ['Alice', 'Bob', 'Chloë', 'Dmitri', 'Erika', 'Akira', 'Grace', 'Jürgen', 'Ömer', 'Zoë']
const family = ['Adams', 'Brown', 'Clark', 'Davydov', 'Mustermann', 'Fujita', 'Green', 'Müller', 'Yılmaz', 'O’Neill']

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('')
}

/** One in ten has a photo of about 16 KB. */
function contact(n: number, version: number, random: Random): string {
  const [first, last] = [random.pick(given), random.pick(family)]
  const photo =
    n % 10 > 0
      ? []
      : [
          'PHOTO;ENCODING=b;TYPE=JPEG:',
          ...Array.from(
            { length: 220 },
            () => ` ${Buffer.from(Array.from({ length: 54 }, () => random.integer(0, 255))).toString('base64')}`,
          ),
        ]
  return text([
    ...['BEGIN:VCARD', 'VERSION:3.0', `UID:contact-${n}@bench.example`, `FN:${first} ${last}`, `N:${last};${first};;;`],
    ...[`EMAIL;TYPE=INTERNET:${n}@example.com`, `TEL;TYPE=CELL:+49 170 555 ${n}`, `ORG:Company ${n % 97}`],
    ...[`ADR;TYPE=HOME:;;Street ${n};Town;;${10_000 + (n % 89_999)};Germany`, `NOTE:Version ${version}`],
    ...[...photo, `REV:2026-01-01T00:00:${String(version % 60).padStart(2, '0')}Z`, 'END:VCARD'],
  ])
}

function entry(n: number, version: number, random: Random): string {
  const day = String(1 + (n % 28)).padStart(2, '0')
  const month = String(1 + (n % 12)).padStart(2, '0')
  const start = `20${String(10 + (n % 17)).padStart(2, '0')}${month}${day}T${String(8 + (n % 10)).padStart(2, '0')}0000Z`
  return text([
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Bench//EN', 'BEGIN:VEVENT', `UID:entry-${n}@bench.example`],
    ...['DTSTAMP:20260101T000000Z', `DTSTART:${start}`, 'DURATION:PT1H', `SUMMARY:Meeting ${n} with ${random.pick(family)}`],
    ...[`DESCRIPTION:Version ${version}`, ...(n % 7 === 0 ? ['RRULE:FREQ=WEEKLY;COUNT=10'] : [])],
    ...['END:VEVENT', 'END:VCALENDAR'],
  ])
}

/** `storage`: as Radicale lays it out on the disk. */
export function fillRadicale(storage: string, user: string, count: number, random: Random): void {
  const collections = [
    { name: 'contacts', tag: 'VADDRESSBOOK', ending: 'vcf', item: contact },
    { name: 'calendar', tag: 'VCALENDAR', ending: 'ics', item: entry },
  ]
  for (const { name, tag, ending, item } of collections) {
    const folder = join(storage, 'collection-root', user, name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, '.Radicale.props'), JSON.stringify({ tag, 'D:displayname': name }))
    for (let n = 0; n < count; n++) writeFileSync(join(folder, `${name}-${n}.${ending}`), item(n, 0, random))
  }
}

/** One percent of each: most edited, some new, some gone. `count`: in each; answers how many there are then. */
export async function changeRadicale(server: DavServer, count: number, version: number, random: Random): Promise<number> {
  const changed = Math.max(3, Math.round(count / 100))
  const replaced = Math.max(1, Math.round(changed / 5))
  for (const [name, ending, item] of [
    ['contacts', 'vcf', contact],
    ['calendar', 'ics', entry],
  ] as const) {
    const path = `${server.homes[name]}${name}/`
    for (let k = 0; k < changed - 2 * replaced; k++) {
      const n = random.integer(changed, count - 1)
      await expectOk(server.put(`${path}${name}-${n}.${ending}`, item(n, version, random)))
    }
    for (let k = 0; k < replaced; k++) {
      const gone = version === 1 ? k : count + (version - 2) * replaced + k
      const added = count + (version - 1) * replaced + k
      await server.remove(`${path}${name}-${gone}.${ending}`)
      await expectOk(server.put(`${path}${name}-${added}.${ending}`, item(added, version, random)))
    }
  }
  return 2 * count
}

async function expectOk(status: Promise<number>): Promise<void> {
  if ((await status) >= 300) throw new Error(`PUT: ${await status}`)
}

/** Of a mean of about 100 KB: many small ones, some of megabytes. `folder`: what the server shows. */
export function fillFiles(folder: string, count: number, random: Random): number {
  const noise = Buffer.from(Uint8Array.from({ length: 8 << 20 }, () => random.integer(0, 255)))
  let octets = 0
  for (let n = 0; n < count; n++) octets += writeOne(folder, fileName(n), noise, random)
  return octets
}

function fileName(n: number): string {
  return `Folder ${Math.floor(n / 2_000)}/Sub ${Math.floor(n / 100) % 20}/file ${n}.bin`
}

function writeOne(folder: string, name: string, noise: Buffer, random: Random): number {
  const size = random.logarithmic(500, 1 << 20)
  const from = random.integer(0, noise.length - size - 1)
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), noise.subarray(from, from + size))
  return size
}

/** One percent: most edited, some new, some gone; answers how many there are then. */
export function changeFiles(folder: string, count: number, version: number, random: Random): number {
  const noise = Buffer.from(Uint8Array.from({ length: 2 << 20 }, () => random.integer(0, 255)))
  const changed = Math.max(3, Math.round(count / 100))
  const replaced = Math.max(1, Math.round(changed / 5))
  for (let k = 0; k < changed - 2 * replaced; k++) writeOne(folder, fileName(random.integer(changed, count - 1)), noise, random)
  for (let k = 0; k < replaced; k++) {
    rmSync(join(folder, version === 1 ? fileName(k) : `New/${version - 1}-${k}.bin`))
    writeOne(folder, `New/${version}-${k}.bin`, noise, random)
  }
  return count
}
