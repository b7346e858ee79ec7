import { readdirSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Scratch, ScratchMap } from '../../../src/providers/shared/scratch.ts'

/** Files of SQLite's without a name that this process has open. */
const temporaryFiles = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.includes('etilqs') ? [path] : []
    } catch {
      return []
    }
  })

describe('what a run remembers until it ends', () => {
  it('gives back what was put last, and nothing for what never was', () => {
    using map = new ScratchMap<string>()
    map.set('a', 'one')
    map.set('a', 'two')
    map.set('', 'empty key')
    map.set("it's; DROP TABLE entries", 'odd')
    expect([map.get('a'), map.get(''), map.get("it's; DROP TABLE entries"), map.get('b')]).toEqual([
      'two',
      'empty key',
      'odd',
      undefined,
    ])
  })

  it.runIf(process.platform === 'linux')(
    'goes to the disk where it grows, into a file without a name that is gone with it',
    () => {
      {
        using map = new ScratchMap<string>()
        for (let n = 0; n < 20_000; n++) map.set(`key ${n}`, `${n} `.repeat(100))
        expect(map.get('key 17')).toBe('17 '.repeat(100))
        expect(temporaryFiles()).toEqual([expect.stringMatching(/\(deleted\)$/)])
      }
      expect(temporaryFiles()).toEqual([])
    },
  )

  it('says where it lacks room', () => {
    using scratch = new Scratch('PRAGMA max_page_count = 20; CREATE TABLE texts (text TEXT)')
    const fill = () => {
      for (let n = 0; n < 1_000; n++) scratch.run('INSERT INTO texts VALUES (?)', 'x'.repeat(1_000))
    }
    expect(fill).toThrow(expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('temporary files') }))
  })
})
