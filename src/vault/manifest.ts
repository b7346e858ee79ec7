/**
 * The BagIt tag files (RFC 8493) that let a stranger check every octet with `sha256sum -c`. Names in a vault never hold the
 * characters that BagIt would have to percent-encode (`%`, CR, LF), so both read the same names.
 */
import { createHash, hash } from 'node:crypto'
import { join } from 'node:path'
import { hasCode } from '../core/errors.ts'
import { type Disk, readFile, readStream, replaceFile } from './disk.ts'
import { payloadFolder, systemPath, tagFiles } from './layout.ts'

/** Path in the vault → lowercase hex. */
export type Manifest = Map<string, string>

/** `writing`: from the first write of a run until its manifest is written. `unknown`: the line that says so is damaged or missing. */
export type BagState = 'complete' | 'writing' | 'unknown'

export interface BagInfo {
  /** The vault's id: a UUID; null where it is missing or unreadable. */
  readonly id: string | null
  readonly state: BagState
  /** Of FORMAT.md; where it is missing or unreadable, the one that is known. */
  readonly format: number
  /** False: the person does not want attachments as ordinary files. */
  readonly attachments: boolean
}

/** The version of FORMAT.md that is read and written here. */
export const knownFormat = 1

/** What `bag-info.txt` says besides the state. */
export interface BagLabels extends Pick<BagInfo, 'attachments'> {
  readonly id: string
  readonly program: string
}

/** Of the whole file, or of its first `length` octets. */
export async function hashFile(disk: Disk, path: string, length?: number): Promise<string> {
  const sum = createHash('sha256')
  for await (const chunk of readStream(disk, path, 0, length)) sum.update(chunk)
  return sum.digest('hex')
}

/** Empty when a part of the file cannot be read. */
export async function sumOf(disk: Disk, path: string): Promise<string> {
  try {
    return await hashFile(disk, path)
  } catch (error) {
    if (hasCode(error, 'disk-failed')) return ''
    throw error
  }
}

/** Null when the manifest is missing or holds a line that is none. */
function parseManifest(text: string): Manifest | null {
  const manifest: Manifest = new Map()
  if (text !== '' && !text.endsWith('\n')) return null
  for (const line of text.split('\n').slice(0, -1)) {
    const match = /^([0-9a-f]{64}) {2}(.+)$/.exec(line)
    if (match === null || match[1] === undefined || match[2] === undefined) return null
    manifest.set(match[2], match[1])
  }
  return manifest
}

/** `name`: one of the `tagFiles`. Null where it is missing or holds a line that is none. */
export async function readManifest(disk: Disk, vault: string, name: string): Promise<Manifest | null> {
  const bytes = await readFile(disk, join(vault, name))
  return bytes === null ? null : parseManifest(bytes.toString())
}

/** Lines that are put together at once: a long list takes no more memory than its octets. */
const linesAtOnce = 5_000

function formatManifest(manifest: Manifest): Buffer[] {
  const paths = [...manifest.keys()].sort()
  const parts: Buffer[] = []
  for (let first = 0; first < paths.length; first += linesAtOnce) {
    const lines = paths.slice(first, first + linesAtOnce).map((path) => `${manifest.get(path)}  ${path}\n`)
    parts.push(Buffer.from(lines.join('')))
  }
  return parts
}

const attachmentsLabel = 'Lifeboat-Attachments'

/** Never fails: what is missing or damaged is unknown. */
export async function readBagInfo(disk: Disk, vault: string): Promise<BagInfo> {
  const text = (await readFile(disk, join(vault, tagFiles.bagInfo)))?.toString() ?? ''
  const value = (label: string) => new RegExp(`^${label}: (.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
  const id = /^urn:uuid:([0-9a-f-]{36})$/.exec(value('External-Identifier'))?.[1] ?? null
  const format = Number(/^\d{1,9}$/.exec(value('Lifeboat-Format'))?.[0] ?? knownFormat)
  return { id, state: stateOf(value('Lifeboat-State')), format, attachments: value(attachmentsLabel) !== 'no' }
}

function stateOf(value: string): BagState {
  if (value === 'complete') return 'complete'
  return /^being written since \d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? 'writing' : 'unknown'
}

function formatBagInfo({ id, program, attachments }: BagLabels, state: string, date: string, oxum: string | null): Buffer {
  const lines = [
    `Bag-Software-Agent: ${program}`,
    `Bagging-Date: ${date}`,
    `External-Identifier: urn:uuid:${id}`,
    ...(oxum === null ? [] : [`Payload-Oxum: ${oxum}`]),
    `Lifeboat-Format: ${knownFormat}`,
    ...(attachments ? [] : [`${attachmentsLabel}: no`]),
    `Lifeboat-State: ${state}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n`)
}

/** Says in `bag-info.txt` that the vault is being written, so that a reader knows why the manifest may be behind. */
export async function markWriting(disk: Disk, vault: string, labels: BagLabels, now: Date): Promise<void> {
  const text = formatBagInfo(labels, `being written since ${now.toISOString()}`, now.toISOString().slice(0, 10), null)
  await replaceFile(disk, join(vault, tagFiles.bagInfo), [text])
}

/** How many files are asked for their size at once: one after the other takes fifteen times as long. */
const statBatch = 256

async function sizeOf(disk: Disk, vault: string, paths: readonly string[]): Promise<number> {
  let octets = 0
  for (let from = 0; from < paths.length; from += statBatch) {
    const batch = paths.slice(from, from + statBatch)
    const stats = await Promise.all(batch.map((path) => disk.stat(systemPath(vault, path))))
    for (const stat of stats) octets += stat?.size ?? 0
  }
  return octets
}

/** Writes manifest, tag manifest and bag info, in an order that leaves the vault marked as being written until all is there. */
export async function writeManifests(disk: Disk, vault: string, manifest: Manifest, labels: BagLabels, now: Date): Promise<void> {
  const octets = await sizeOf(disk, vault, [...manifest.keys()])
  const payload = formatManifest(manifest)
  const bagInfo = formatBagInfo(labels, 'complete', now.toISOString().slice(0, 10), `${octets}.${manifest.size}`)
  const tags: Manifest = new Map([
    [tagFiles.manifest, sumOfParts(payload)],
    [tagFiles.bagInfo, hash('sha256', bagInfo, 'hex')],
  ])
  for (const name of [tagFiles.bagit, tagFiles.readMe]) tags.set(name, await hashFile(disk, join(vault, name)))
  await replaceFile(disk, join(vault, tagFiles.manifest), payload)
  await replaceFile(disk, join(vault, tagFiles.tagManifest), formatManifest(tags))
  await replaceFile(disk, join(vault, tagFiles.bagInfo), [bagInfo])
}

function sumOfParts(parts: readonly Buffer[]): string {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part)
  return sum.digest('hex')
}

/** A list of nothing, for a vault that is being made: from then on a missing list is a loss. */
export async function writeEmptyManifest(disk: Disk, vault: string): Promise<void> {
  await replaceFile(disk, join(vault, tagFiles.manifest), [])
}

/** Whether the list of checksums is the one that the tag manifest speaks of. */
export async function isManifestGenuine(disk: Disk, vault: string): Promise<boolean> {
  const tags = await readManifest(disk, vault, tagFiles.tagManifest)
  const bytes = await readFile(disk, join(vault, tagFiles.manifest))
  return bytes !== null && tags?.get(tagFiles.manifest) === hash('sha256', bytes, 'hex')
}

export const bagitText = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'

/** Every file below `data/`, as paths in the vault. */
export async function* payloadFiles(
  disk: Disk,
  vault: string,
  folder = payloadFolder,
): AsyncGenerator<{ readonly path: string; readonly size: number }> {
  for (const entry of (await disk.list(systemPath(vault, folder))) ?? []) {
    const path = `${folder}/${entry.name}`
    if (entry.kind === 'directory') yield* payloadFiles(disk, vault, path)
    else yield { path, size: (await disk.stat(systemPath(vault, path)))?.size ?? 0 }
  }
}
