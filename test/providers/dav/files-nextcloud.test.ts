import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type NextcloudFiles, type NextcloudOptions, startNextcloudFiles } from '../../emulators/nextcloud-files.ts'
import { itemAt, paths, pattern, TestFiles } from './files-harness.ts'

const week = 7 * 24 * 3_600_000

async function start(options: NextcloudOptions = {}): Promise<NextcloudFiles> {
  const cloud = await startNextcloudFiles(options)
  onTestFinished(() => cloud.stop())
  return cloud
}

describe('Files of Nextcloud', () => {
  let cloud: NextcloudFiles
  let files: TestFiles

  beforeEach(async () => {
    cloud = await start({ checksums: true })
    files = new TestFiles(cloud)
    await cloud.write('Documents/letter.txt', 'Dear Bob')
    await cloud.write('Documents/2024/tax.txt', 'a lot')
    await cloud.write('Photos/cat.jpg', pattern(50_000))
    await cloud.write('todo.txt', 'sleep')
  })

  const requestsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const before = cloud.requests.length
    await work()
    return cloud.requests.slice(before)
  }

  it('keeps key and version of a file that was renamed or moved, alone or with its folder', async () => {
    const before = await files.list()
    cloud.move('Documents/letter.txt', 'Documents/brief.txt')
    cloud.move('Documents', 'Papers/Old')
    const after = await files.list(before.cursor)
    expect(paths(after.items)).toEqual(['Papers/Old/2024/tax.txt', 'Papers/Old/brief.txt', 'Photos/cat.jpg', 'todo.txt'])
    const tax = itemAt(after.items, 'Papers/Old/2024/tax.txt')
    expect([tax.key, tax.version]).toEqual(Object.values(pick(itemAt(before.items, 'Documents/2024/tax.txt'))))
    expect(itemAt(after.items, 'Papers/Old/brief.txt').key).toBe(itemAt(before.items, 'Documents/letter.txt').key)
    expect(String((await files.fetch(after.items))['Papers/Old/brief.txt'])).toBe('Dear Bob')
  })

  it('asks three small questions when nothing has changed', async () => {
    const { cursor } = await files.list()
    let listing = await files.list()
    const requests = await requestsOf(async () => {
      listing = await new TestFiles(cloud).list(cursor)
    })
    expect(requests.filter((request) => request.startsWith('PROPFIND')).length).toBeLessThanOrEqual(3)
    expect(listing).toEqual({ items: [], removed: [], allListed: false, cursor })
  })

  it('lists everything when something deep below has changed', async () => {
    const { cursor, items } = await files.list()
    await cloud.write('Documents/2024/tax.txt', 'even more')
    const after = await files.list(cursor)
    expect(after.allListed).toBe(true)
    expect(itemAt(after.items, 'Documents/2024/tax.txt').version).not.toBe(itemAt(items, 'Documents/2024/tax.txt').version)
    expect(itemAt(after.items, 'todo.txt')).toEqual(itemAt(items, 'todo.txt'))
  })

  it('lists everything once a week whatever the ETag says', async () => {
    const { cursor } = await files.list()
    files.letTimePass(week + 1)
    expect((await files.list(cursor)).allListed).toBe(true)
  })

  it('does not rely on the root where something is mounted or shared', async () => {
    cloud.setPermissions('Photos', 'SRGDNVCK')
    const { cursor } = await files.list()
    const after = await files.list(cursor)
    expect(after.allListed).toBe(true)
    expect(after.items).toHaveLength(4)
  })

  it('says nothing of what is gone when the files change while they are listed', async () => {
    const drive = await files.drive()
    const kinds: string[] = []
    let cursor = ''
    for await (const change of files.source.changes(drive, null, new AbortController().signal)) {
      kinds.push(change.kind)
      if (change.kind === 'checkpoint') cursor = change.cursor
      if (kinds.length === 1) await cloud.write('late.txt', 'x')
    }
    expect(kinds).not.toContain('all-listed')
    const after = await files.list(cursor)
    expect(after.allListed).toBe(true)
    expect(paths(after.items)).toContain('late.txt')
  })

  it('refuses a cursor that it did not write', async () => {
    await expect(files.list('{"v":9}')).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('checks the checksum that the server has on record, and asks twice before it complains', async () => {
    cloud.setChecksum('todo.txt', `MD5:${'0'.repeat(32)} SHA1:${'0'.repeat(40)}`)
    await cloud.write('large.bin', pattern(5_000_000))
    const { items } = await files.list()
    let contents = await files.fetch(items)
    const requests = await requestsOf(async () => {
      contents = await files.fetch(items)
    })
    expect(contents['todo.txt']).toMatch(/^corrupt: .*checksum/)
    expect(requests.filter((request) => request.startsWith('GET') && request.endsWith('todo.txt'))).toHaveLength(2)
    expect(pattern(5_000_000).equals(contents['large.bin'] as Buffer)).toBe(true)
    cloud.setChecksum('large.bin', `SHA256:${'0'.repeat(64)}`)
    expect((await files.fetch(items))['large.bin']).toMatch(/^corrupt: .*checksum/)
  })

  it('gives no content that was changed between listing and saving, or while it was saved', async () => {
    await cloud.write('large.bin', pattern(5_000_000))
    const { items } = await files.list()
    await cloud.write('todo.txt', 'wake up')
    cloud.remove('Documents/letter.txt')
    cloud.changeDuringDownload('large.bin')
    const contents = await files.fetch(items)
    expect(contents['todo.txt']).toMatch(/^not-found: The file was changed/)
    expect(contents['Documents/letter.txt']).toMatch(/^not-found: The file was moved or removed/)
    expect(contents['large.bin']).toMatch(/^not-found: The file was changed/)
    expect(contents['Photos/cat.jpg']).toEqual(pattern(50_000))
  })

  it('goes on past a folder that cannot be read, names it, and says nothing of what is gone in the first such run', async () => {
    const before = await files.list()
    cloud.refuse('Documents', 403)
    await cloud.write('todo.txt', 'sleep')
    const first = await files.list(before.cursor)
    expect(first.allListed).toBe(false)
    expect(paths(first.items)).toEqual(['Documents', 'Photos/cat.jpg', 'todo.txt'])
    const contents = await files.fetch(first.items)
    expect(contents['Documents']).toMatch(/^permission: The folder could not be read: /)
    expect(String(contents['todo.txt'])).toBe('sleep')
    // As good as gone when it is refused for good: it must not hide for ever what else is removed.
    const second = await files.list(first.cursor)
    expect(second.allListed).toBe(true)
    cloud.refuse('Documents', null)
    const healed = await files.list(second.cursor)
    expect(paths(healed.items)).toEqual(['Documents/2024/tax.txt', 'Documents/letter.txt', 'Photos/cat.jpg', 'todo.txt'])
    expect(healed.allListed).toBe(true)
  })

  it('waits for a storage that is out of order before it says what is gone', async () => {
    const { cursor } = await files.list()
    cloud.refuse('Documents', 503)
    await cloud.write('todo.txt', 'sleep')
    const first = await files.list(cursor)
    const second = await files.list(first.cursor)
    expect([first.allListed, second.allListed]).toEqual([false, false])
    expect(paths(second.items)).toEqual(['Documents', 'Photos/cat.jpg', 'todo.txt'])
    cloud.refuse('Photos', 500)
    cloud.refuse('Documents', null)
    const third = await files.list(second.cursor)
    expect(third.allListed).toBe(false)
    // What the report named and is in order again is taken back, although nothing else can be said to be gone.
    expect(third.removed).toEqual(['?/Documents'])
  })

  it('does not follow a folder into itself', async () => {
    cloud.link('Documents/loop', 'Documents')
    const { items, allListed } = await files.list()
    expect(allListed).toBe(true)
    expect(paths(items).filter((path) => path.endsWith('letter.txt'))).not.toHaveLength(0)
    expect(items.length).toBeLessThan(10)
    expect(items.map((item) => item.key)).toContain('?/Documents/loop')
  })

  it('lists eighty folders with several requests at once', async () => {
    for (let n = 0; n < 80; n++) await cloud.write(`many/${n}/file ${n}.txt`, String(n))
    const { items } = await files.list()
    expect(items).toHaveLength(84)
  })
})

describe('Files of a server with checksums but without file ids', () => {
  it('knows a moved file again by its checksum, and never by MD5', async () => {
    const cloud = await start({ fileIds: false, checksums: true })
    const files = new TestFiles(cloud)
    await cloud.write('a.txt', 'content')
    await cloud.write('weak.txt', 'other')
    cloud.setChecksum('weak.txt', `MD5:${'1'.repeat(32)}`)
    const before = await files.list()
    cloud.move('a.txt', 'Folder/b.txt')
    const after = await files.list(before.cursor)
    const moved = itemAt(after.items, 'Folder/b.txt')
    expect(moved.key).toBe('/Folder/b.txt')
    expect(moved.identities).toEqual(['oc-sha1:040f06fd774092478d450774f5ba30c5da78acc8'])
    expect(moved.identities).toEqual(itemAt(before.items, 'a.txt').identities)
    expect(itemAt(after.items, 'weak.txt').identities).toBeUndefined()
  })

  it('checks contents against the checksum of the listing', async () => {
    const cloud = await start({ fileIds: false, checksums: true })
    const files = new TestFiles(cloud)
    await cloud.write('a.txt', 'content')
    const { items } = await files.list()
    const [item] = items
    if (item === undefined) throw new Error('Not listed')
    cloud.setChecksum('a.txt', '')
    expect(Object.values(await files.fetch([item]))).toEqual([Buffer.from('content')])
    const wrong = { ...item, identities: [`oc-sha1:${'0'.repeat(40)}`] }
    expect(Object.values(await files.fetch([wrong]))[0]).toMatch(/^corrupt: /)
  })
})

function pick({ key, version }: { readonly key: string; readonly version: string }) {
  return { key, version }
}
