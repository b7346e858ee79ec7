/** The exact octets of anything that was ever saved, from wherever they lie now. */
import { createHash, hash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import { AppError, hasCode } from '../core/errors.ts'
import type { LineForm } from '../formats/content-lines.ts'
import { type ItemFrame, restoreResource, zonesOfHead } from '../formats/ical.ts'
import { originalCard } from '../formats/vcard.ts'
import { type Disk, readStream } from './disk.ts'
import type { Frame } from './journal-entries.ts'
import { stagedPath, systemPath } from './layout.ts'
import { LostRecords } from './lost-records.ts'
import { collect, readMessage, wholeMessage } from './mail-store.ts'
import { isOneFile } from './operations.ts'
import type { AccountState } from './state.ts'
import type { ItemRecord } from './state-rows.ts'
import { TextSearch } from './text-search.ts'
import { Window } from './window.ts'

/** What must be known of an item to read it: any `ItemRecord` of the state will do. */
export type ItemPlace = Pick<ItemRecord, 'path' | 'offset' | 'length' | 'size' | 'sha256' | 'form' | 'frame' | 'text'>

/** Looking through files takes long: what was found is kept as long as the state is. */
const lostRecords = new WeakMap<AccountState, LostRecords>()

/**
 * The original octets of an item, checked while they pass. A message is found also where a mail program has written its file anew, or
 * somebody has moved it.
 * @param root the account's folder
 * @throws AppError `corrupt` at the latest at the end; `disk-absent` where its file is not there
 */
export function readItem(disk: Disk, root: string, state: AccountState, place: ItemPlace): AsyncGenerator<Uint8Array> {
  return new ItemReader(disk, root, state).read(place)
}

export class ItemReader {
  readonly #disk: Disk
  readonly #root: string
  readonly #state: AccountState
  /** Of the calendar files read last: their VTIMEZONEs. */
  readonly #zones = new Map<string, ReadonlyMap<string, Buffer>>()
  /** By file: how far items lie from where they should, found at the one before. */
  readonly #shifts = new Map<string, number>()
  readonly #inOrder: boolean
  #elsewhere: Promise<ReadonlyMap<string, string>> | null = null
  /** Of the file that was read last. */
  #window: { readonly path: string; readonly content: Window } | null = null
  /** The file in which something had to be looked for last. */
  #searched: { readonly path: string; readonly search: TextSearch } | null = null

  /** `inOrder`: many items are read, mostly in their order; the files must not change meanwhile. */
  constructor(disk: Disk, root: string, state: AccountState, inOrder = false) {
    this.#inOrder = inOrder
    this.#disk = disk
    this.#root = root
    this.#state = state
  }

  /** As `readItem`. */
  async *read(place: ItemPlace): AsyncGenerator<Uint8Array> {
    if (place.form === 'record') yield* this.#readRecord(place)
    else if (place.form === 'file') yield* this.#readFile(place)
    else yield await this.#readShared(place)
  }

  async *#readRecord(place: ItemPlace): AsyncGenerator<Uint8Array> {
    const message = readMessage(this.#disk, this.#root, place, place.sha256)
    let begun = false
    try {
      if (place.length <= wholeMessage) yield await collect(message)
      else
        for await (const chunk of message) {
          begun = true
          yield chunk
        }
    } catch (error) {
      const maybeElsewhere = !begun && hasCode(error, 'corrupt', 'disk-absent', 'disk-failed')
      const found = maybeElsewhere ? await this.#lost.find(place.path, place.sha256) : null
      if (found === null) throw error
      yield found
    }
  }

  get #lost(): LostRecords {
    const known = lostRecords.get(this.#state)
    if (known !== undefined) return known
    const made = new LostRecords(this.#disk, this.#root, this.#state)
    lostRecords.set(this.#state, made)
    return made
  }

  /** Where a file lies: what the last commit moved and placed may not have been done yet. */
  async whereabouts(path: string): Promise<string> {
    this.#elsewhere ??= this.#undone()
    return (await this.#elsewhere).get(path) ?? systemPath(this.#root, path)
  }

  /** What is left to do of the last commit, by path: where the file lies meanwhile. As `carryOut` goes about it. */
  async #undone(): Promise<ReadonlyMap<string, string>> {
    const now = new Map<string, string | null>()
    const find = async (path: string): Promise<string | null> => {
      const known = now.get(path)
      if (known !== undefined) return known
      const here = systemPath(this.#root, path)
      return (await this.#disk.stat(here)) === null ? null : here
    }
    for (const entry of this.#state.operations()) {
      if (entry.op === 'place') {
        const staged = stagedPath(dirname(dirname(this.#root)), this.#root, entry.staged)
        if ((await this.#disk.stat(staged)) !== null) now.set(entry.path, staged)
        continue
      }
      const [from, to] = [await find(entry.from), await find(entry.to)]
      if (to === null) now.set(entry.to, from)
      if (to === null || (from !== null && (await isOneFile(this.#disk, from, to)))) now.set(entry.from, null)
    }
    return new Map([...now].flatMap(([path, place]) => (place === null ? [] : [[path, place]])))
  }

  /** As `text`, where it is known that everything around it in the file is what was saved. */
  async textAlone(place: ItemPlace): Promise<Buffer> {
    const text = await this.#text(await this.whereabouts(place.path), place)
    if (text === null) throw isNotThere(place)
    return text
  }

  async *#readFile(place: ItemPlace): AsyncGenerator<Uint8Array> {
    const path = await this.whereabouts(place.path)
    const sum = createHash('sha256')
    for await (const chunk of readStream(this.#disk, path)) {
      sum.update(chunk)
      yield chunk
    }
    if (sum.digest('hex') !== place.sha256) throw new AppError('corrupt', `${place.path} is not what was saved.`)
  }

  /** The text of an item in the file that it shares. @throws AppError `corrupt` where it cannot be turned into the item again */
  async text(place: ItemPlace): Promise<Buffer> {
    return (await this.#find(place)).text
  }

  async #readShared(place: ItemPlace): Promise<Buffer> {
    return (await this.#find(place)).original
  }

  async #find(place: ItemPlace): Promise<{ readonly text: Buffer; readonly original: Buffer }> {
    const path = await this.whereabouts(place.path)
    const text = await this.#text(path, place)
    const original = text === null ? null : await this.#original(path, place, text)
    if (text !== null && original !== null && hash('sha256', original, 'hex') === place.sha256) return { text, original }
    throw isNotThere(place)
  }

  /** The item's text in the file, null where the file does not hold it. Where it should be at first, then anywhere. */
  async #text(path: string, place: ItemPlace): Promise<Buffer | null> {
    const shift = this.#shifts.get(path) ?? 0
    const expected = place.offset + shift
    if (expected >= 0) {
      const text = await this.#part(path, expected, expected + place.length)
      if (hash('sha256', text, 'hex') === place.text) return text
    }
    const search = await this.#searchIn(path, place)
    const found = search.find(place.length, place.text ?? '')
    if (found !== null) this.#shifts.set(path, search.positionOf(found) - place.offset)
    return found
  }

  async #searchIn(path: string, { frame }: ItemPlace): Promise<TextSearch> {
    if (this.#searched?.path === path) return this.#searched.search
    const search = new TextSearch(await collect(readStream(this.#disk, path)), frame?.['lineEnds'] === 'asis')
    if (this.#inOrder) this.#searched = { path, search }
    return search
  }

  async #part(path: string, from: number, end: number): Promise<Buffer> {
    if (!this.#inOrder) return await collect(readStream(this.#disk, path, from, end))
    if (this.#window?.path !== path) {
      const read = (start: number, octets: number) => collect(readStream(this.#disk, path, start, start + octets))
      this.#window = { path, content: new Window(read) }
    }
    return await this.#window.content.part(from, end)
  }

  async #original(path: string, { frame, path: name }: ItemPlace, text: Buffer): Promise<Buffer | null> {
    if (frame === null) return null
    if (frame['lineEnds'] === 'asis') return text
    return isCalendarFrame(frame)
      ? restoreResource(text, frame, await this.#zonesOf(path, name))
      : originalCard(text, frame as unknown as LineForm)
  }

  async #zonesOf(path: string, name: string): Promise<ReadonlyMap<string, Buffer>> {
    const known = this.#zones.get(path)
    if (known !== undefined) return known
    const head = await collect(readStream(this.#disk, path, 0, this.#state.headLength(name) ?? 0))
    const zones = new Map(zonesOfHead(head).map(({ tzid, text }) => [tzid, text]))
    this.#zones.set(path, zones)
    return zones
  }
}

function isNotThere({ path }: ItemPlace): AppError {
  return new AppError('corrupt', `${basename(path)} does not hold the item as it was saved.`)
}

function isCalendarFrame(frame: Frame): frame is Frame & ItemFrame {
  return 'zones' in frame
}
