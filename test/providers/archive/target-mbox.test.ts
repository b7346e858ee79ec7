import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PutOutcome, RestoreItem } from '../../../src/core/target.ts'
import { unquote } from '../../../src/formats/mbox-quoting.ts'
import { MboxFolder } from '../../../src/providers/archive/target-mbox.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'

/** What it gives stands in the same memory each time. `breaksAt`: so many octets come. */
function itemOf(key: string, message: Buffer, breaksAt = Number.POSITIVE_INFINITY): RestoreItem {
  const memory = Buffer.alloc(64 << 10)
  return {
    ...{ key, size: message.length, sha256: hash('sha256', message, 'hex'), title: key, at: null, identities: [] },
    ...{ date: '2025-02-03T04:05:06Z', meta: { flags: ['\\Seen'] } },
    async *content() {
      for (let at = 0; at < message.length; at += memory.length) {
        if (at >= breaksAt) throw new Error('The disk broke.')
        yield memory.subarray(0, message.copy(memory, 0, at))
      }
    },
  }
}

async function put(folder: MboxFolder, items: readonly RestoreItem[]): Promise<string[]> {
  const outcomes: PutOutcome[] = []
  for await (const outcome of folder.put(items)) outcomes.push(outcome)
  await folder.finish()
  await folder.close()
  return outcomes.map(({ kind }) => kind)
}

const lines = (n: number) => Buffer.from(Array.from({ length: n }, (_, at) => `From line ${at}\r\n>From it\r\n`).join(''))
const large = Buffer.concat([Buffer.from('Subject: large\r\n\r\n'), lines(400_000)])
const mixed = Buffer.concat([Buffer.from('Subject: mixed\n\n'), lines(400_000), Buffer.from('no end')])
const small = Buffer.from('Subject: small\r\n\r\nFrom here\r\n')

describe('a folder of mail as mbox', () => {
  it('takes messages of any size, part by part, and knows them again', async () => {
    const stem = join(await scratchFolder(), 'Inbox')
    const items = [itemOf('1', small), itemOf('2', large), itemOf('3', mixed), itemOf('4', small)]
    expect(large.length).toBeGreaterThan(8 << 20)
    expect(await put(new MboxFolder(stem, false, false), items)).toEqual(['created', 'created', 'created', 'created'])
    const file = await readFile(`${stem}.mbox`)
    const messages = file
      .toString('latin1')
      .slice(0, -1)
      .split(/\n(?=From MAILER-DAEMON )/)
    const bodies = messages.map((text) => unquote(Buffer.from(text.replace(/^From .*\nStatus: RO\n/, ''), 'latin1')).toString())
    const stored = (message: Buffer) => message.toString().replaceAll('\r\n', '\n')
    expect(bodies.map((body) => hash('sha256', body, 'hex'))).toEqual(
      [stored(small), stored(large), `${mixed.toString()}\n`, stored(small)].map((body) => hash('sha256', body, 'hex')),
    )
    expect(await put(new MboxFolder(stem, false, false), items)).toEqual(Array(4).fill('already-there'))
    expect(readdirSync(join(stem, '..'))).toEqual(['Inbox.mbox'])
  })

  it('leaves nothing of a message that breaks off, and goes on with the others', async () => {
    const stem = join(await scratchFolder(), 'Inbox')
    // Broken where nothing was written of it yet, and where some was.
    for (const [n, octets] of [1 << 20, 6 << 20].entries()) {
      const folder = new MboxFolder(`${stem}${n}`, false, false)
      // It breaks when it is written, not when it is looked at first.
      let looks = 0
      const broken = { ...itemOf('2', large), content: () => itemOf('2', large, looks++ === 0 ? large.length : octets).content() }
      expect(await put(folder, [itemOf('1', small), broken, itemOf('3', small)])).toEqual(['created', 'failed', 'created'])
    }
    const plain = new MboxFolder(`${stem} plain`, false, false)
    await put(plain, [itemOf('1', small), itemOf('3', small)])
    const expected = await readFile(`${stem} plain.mbox`)
    for (const n of [0, 1]) expect((await readFile(`${stem}${n}.mbox`)).equals(expected)).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('never calls whole what there was no room for', async () => {
    const stem = join(await scratchFolder(), 'Inbox')
    const module = new URL('../../../src/providers/archive/target-mbox.ts', import.meta.url).href
    const script = `
      const { MboxFolder } = await import(${JSON.stringify(module)})
      const content = 'Subject: x\\n\\n' + 'x\\n'.repeat(1 << 19)
      const items = [...'12345678'].map((key) => ({
        ...{ key, size: content.length, sha256: key, title: key, date: '2025-02-03T04:05:06Z', meta: {} },
        content: async function* () { yield Buffer.from(content) },
      }))
      const folder = new MboxFolder(${JSON.stringify(stem)}, false, false)
      const kinds = []
      for await (const { kind } of folder.put(items)) kinds.push(kind)
      const end = await folder.finish().then(() => 'whole', ({ code }) => code)
      console.log(JSON.stringify([kinds.join(), end]))`
    // Files of so many blocks of 512 octets: room for six messages and some.
    const limited = spawnSync(
      'sh',
      ['-c', 'ulimit -f 13000; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
      },
    )
    expect(limited.stderr.replaceAll(/.*Warning.*\n/g, '')).toBe('')
    expect(JSON.parse(limited.stdout)).toEqual(['created,created,created,created,created,created,created,failed', 'EFBIG'])
    expect(readdirSync(join(stem, '..')).filter((name) => name.endsWith('.mbox'))).toEqual([])
  })
})
