import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { callsIn, decompressed, octetsOf, scriptCall } from '../../src/viewer/codec.ts'
import { overviewShard, shardFile, shardId } from '../../src/viewer/format.ts'

/** What a page's `V` is called with when the file is read as a browser does. */
function asRead(file: Uint8Array): Map<string, Uint8Array<ArrayBuffer>> {
  const calls = new Map<string, Uint8Array<ArrayBuffer>>()
  const text = new TextDecoder('windows-1252').decode(file)
  // A browser keeps an octet for each character of such a text, and two of any other.
  expect(text).toMatch(/^[\0-\xff]*$/)
  new Function('V', text)((id: string, holder: () => void) => calls.set(id, octetsOf(holder)))
  return calls
}

const everyPair = Uint8Array.from({ length: 2 * 65_536 }, (_, at) => (at % 2 === 0 ? at >> 9 : (at >> 1) & 0xff))

describe('octets in a script', () => {
  it('come out as they went in, whatever stands beside what', () => {
    const file = scriptCall('1.t0', everyPair)
    expect(Buffer.from(asRead(file).get('1.t0') ?? '').equals(everyPair)).toBe(true)
    expect(callsIn(file).get('1.t0')).toEqual(everyPair)
    expect(file.length).toBeLessThan(everyPair.length * 1.14 + 20)
  })

  it('of several shards stand in one file', async () => {
    const file = Buffer.concat(['one', 'two'].map((text) => scriptCall(text, gzipSync(text))))
    expect([...asRead(file).keys()]).toEqual(['one', 'two'])
    expect(new TextDecoder().decode(await decompressed(asRead(file).get('two') ?? new Uint8Array()))).toBe('two')
    expect([...callsIn(file).keys()]).toEqual(['one', 'two'])
    expect(new TextDecoder().decode(await decompressed(callsIn(file).get('two') ?? new Uint8Array()))).toBe('two')
  })

  it('are refused when a single bit is another', async () => {
    const content = gzipSync('The quick brown fox')
    for (let at = 10; at < content.length; at++) {
      const bad = Buffer.from(content)
      bad[at] = (bad[at] ?? 0) ^ 1
      const read = callsIn(scriptCall('1.t0', bad)).get('1.t0') ?? new Uint8Array()
      await expect(decompressed(read).then((octets) => new TextDecoder().decode(octets))).rejects.toThrow()
    }
  })

  it('are refused when the file is cut', () => {
    const file = scriptCall('1.t0', gzipSync('The quick brown fox'))
    for (let length = 1; length < file.length; length++) expect(() => callsIn(file.subarray(0, length))).toThrow(TypeError)
  })
})

describe('the names of shards', () => {
  it('say which file to load', () => {
    const segment = { id: 123, packed: false }
    expect([shardFile(segment, 't', 2), shardId(123, 't', 2)]).toEqual(['000123-t2.js', '123.t2'])
    expect(shardFile({ ...segment, packed: true }, 't', 2)).toBe('000123.js')
    expect(overviewShard(45)).toEqual({ file: 'o000045.js', shard: 'o45' })
  })
})
