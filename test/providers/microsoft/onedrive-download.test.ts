import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Fetched } from '../../../src/core/source.ts'
import { documentedErrors } from '../../emulators/microsoft/graph.ts'
import { readChanges, readContents } from '../../fixtures/read-source.ts'
import { oneDriveOfEachTest, own } from './onedrive-account.ts'

describe("the contents of OneDrive's files", () => {
  const at = oneDriveOfEachTest()
  const { source, read, contents, start } = at

  it('goes on where a download broke off, at a new address, without the sign-in', async () => {
    const octets = randomBytes(6 << 20)
    at.drive.add('large.bin', octets)
    at.drive.breaks.push(1 << 20, 2 << 20)
    const one = source()
    const { items } = await readChanges(one, own, null)
    const [content] = (await readContents(one, own, items)).values()
    expect(Buffer.isBuffer(content) && content.equals(octets)).toBe(true)
    expect(at.running.emulator.requests.filter(({ method }) => method === 'download')).toHaveLength(3)
  })

  it('waits where the place of the contents asks to slow down, and has the file then', async () => {
    at.drive.add('a.txt', Buffer.from('a'))
    at.running.emulator.faults.next(/^download$/, { kind: 'error', error: documentedErrors.tooManyRequests(40) }, 2)
    expect((await contents()).get('a.txt')).toBe('a')
    const [first, second, third] = at.running.emulator.requests.flatMap(({ method, at }) => (method === 'download' ? [at] : []))
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(40_000)
    expect(Number(third) - Number(second)).toBeGreaterThanOrEqual(40_000)
  })

  it('does not wait for hours where the place of the contents asks for it', async () => {
    at.drive.add('a.txt', Buffer.from('a'))
    at.running.emulator.faults.always(/^download$/, { kind: 'error', error: documentedErrors.tooManyRequests(3_600) })
    await expect(contents()).rejects.toMatchObject({ code: 'rate-limit', retryAfter: 3_600_000 })
    expect(at.running.emulator.requests.filter(({ method }) => method === 'download')).toHaveLength(1)
  })

  it('says of a file which it cannot have at the place that Microsoft named, and nothing of the sign-in', async () => {
    at.drive.add('a.txt', Buffer.from('a'))
    at.running.emulator.faults.always(/^download$/, { kind: 'error', error: documentedErrors.invalidToken() })
    expect((await contents()).get('a.txt')).toBe('Microsoft lets nobody in at the place that it named.')
  })

  it('takes all of it again from a server that does not hear of ranges', async () => {
    const octets = randomBytes(100_000)
    at.drive.add('a.bin', octets)
    at.drive.breaks.push(50_000)
    at.drive.ignoresRange = true
    const one = source()
    const { items } = await readChanges(one, own, null)
    const [content] = (await readContents(one, own, items)).values()
    expect(Buffer.isBuffer(content) && content.equals(octets)).toBe(true)
  })

  it('takes a download again whose checksum is another, and gives it up where it comes otherwise each time', async () => {
    const { id } = at.drive.add('a.bin', Buffer.from('right'))
    at.drive.rewritten.set(id, Buffer.from('wrong'))
    at.running.emulator.onRequest = (method) => {
      if (method === 'download') at.drive.rewritten.delete(id)
    }
    expect((await contents()).get('a.bin')).toBe('right')
    at.running.emulator.onRequest = (method) => {
      if (method === 'download') at.drive.rewritten.set(id, randomBytes(5))
    }
    at.drive.rewritten.set(id, Buffer.from('wrong'))
    expect((await contents()).get('a.bin')).toMatch(/changed while it was downloaded, or it arrived damaged/)
  })

  it('refuses a large download whose checksum is another', async () => {
    const { id } = at.drive.add('large.bin', randomBytes(5 << 20))
    at.drive.rewritten.set(id, randomBytes(5 << 20))
    const one = source()
    const { items } = await readChanges(one, own, null)
    expect(String((await readContents(one, own, items)).get(id))).toMatch(/arrived damaged/)
  })

  it('takes a large file whose checksum is right and whose size is told wrong', async () => {
    const content = randomBytes(5 << 20)
    const { id } = at.drive.add('photo.jpg', content, at.drive.rootId, undefined, { size: content.length + 4_857 })
    const one = source()
    const { items } = await readChanges(one, own, null)
    expect((await readContents(one, own, items)).get(id)).toEqual(content)
  })

  it('puts no large file together from pieces of two contents, also where Microsoft alters such files', async () => {
    await at.running.emulator.stop()
    await start({}, 'work')
    const { id } = at.drive.add('large.pdf', Buffer.alloc(33 << 20, 1))
    at.drive.rewritten.set(id, Buffer.alloc(33 << 20, 2))
    const one = source()
    const { items } = await readChanges(one, own, null)
    at.running.emulator.faults.next(/^download$/, { kind: 'truncate' })
    const found = (await readContents(one, own, items)).get(id)
    expect(typeof found === 'string' ? found : found?.length).toMatch(/arrived damaged/)
  })

  it('tries again, and not as it came, what was changed between the list and the download', async () => {
    const { id } = at.drive.add('a.txt', Buffer.from('as it was'))
    const one = source()
    const { items } = await readChanges(one, own, null)
    at.drive.edit(id, Buffer.from('as it is now'))
    expect(String((await readContents(one, own, items)).get(id))).toMatch(/changed while it was downloaded/)
  })

  it.each([
    ['IMG_1.heic', 'personal', /still picture alone/],
    ['scan.pdf', 'work', /rewritten or protected/],
    ['notes.txt', 'personal', /otherwise than it says/],
  ] as const)('keeps %s of a %s account, which comes shorter than is said each time, and says so', async (name, kind, words) => {
    await at.running.emulator.stop()
    await start({}, kind)
    const { id } = at.drive.add(name, randomBytes(5_000))
    at.drive.rewritten.set(id, Buffer.from('the still picture'))
    const one = source()
    const { items, cursor } = await readChanges(one, own, null)
    const fetched: Fetched[] = []
    for await (const answer of one.fetch(own, items, new AbortController().signal)) fetched.push(answer)
    expect(fetched).toMatchObject([{ key: id, meta: { note: expect.stringMatching(words) } }])
    const [answer] = fetched
    expect(answer !== undefined && 'content' in answer && String(Buffer.from(answer.content as Uint8Array))).toBe(
      'the still picture',
    )
    expect((await read(cursor)).items).toEqual([])
  })

  it('takes files of which Microsoft gives no checksum', async () => {
    at.drive.hasNoHashes = true
    at.drive.add('a.txt', Buffer.from('a'))
    expect((await contents()).get('a.txt')).toBe('a')
  })

  it('keeps an Office file that SharePoint has rewritten as it comes, says so, and does not fetch it again', async () => {
    await at.running.emulator.stop()
    await start({}, 'work')
    const { id } = at.drive.add('Report.docx', Buffer.from('as it was put there'))
    at.drive.rewritten.set(id, Buffer.from('as SharePoint gives it out'))
    const one = source()
    const { items, cursor } = await readChanges(one, own, null)
    const signal = new AbortController().signal
    const fetched: Fetched[] = []
    for await (const answer of one.fetch(own, items, signal)) fetched.push(answer)
    expect(fetched).toMatchObject([{ key: id, meta: { note: expect.stringContaining('SharePoint has rewritten or protected') } }])
    expect((await read(cursor)).items).toEqual([])
    expect((await read(null)).items[0]?.version).toBe(items[0]?.version)
  })

  it('says why a locked file could not be had, and goes on with the others', async () => {
    const { id } = at.drive.add('locked.txt', Buffer.from('x'))
    at.drive.add('other.txt', Buffer.from('other'))
    at.drive.locked.set(id, { status: 423, code: 'resourceLocked' })
    const found = await contents()
    expect(found.get('other.txt')).toBe('other')
    expect(found.get('locked.txt')).toMatch(/Microsoft refuses it/)
  })
})
