import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { csvByteOrderMark, csvRow } from '../../src/formats/csv.ts'
import { describeUnless } from '../fixtures/corpus.ts'

describe('csvRow', () => {
  it('ends in CRLF and quotes only what needs it', () => {
    expect(csvRow(['a', 'b c', 'd,e', 'f"g', 'h\ni', 'j\r\nk', '', 12, -3.5])).toBe(
      'a,b c,"d,e","f""g","h\ni","j\r\nk",,12,-3.5\r\n',
    )
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '=HYPERLINK("http://x","y")'])(
    'puts an apostrophe before %j',
    (text) => {
      expect(
        csvRow([text])
          .replace(/^"/, '')
          .startsWith(`'${text.slice(0, 1)}`),
      ).toBe(true)
    },
  )

  it('leaves numbers and texts with such characters inside alone', () => {
    expect(csvRow([-1, 'a=b', '1+1', 'x@example.com', ' =1'])).toBe('-1,a=b,1+1,x@example.com, =1\r\n')
  })

  it('begins a file for Excel with the UTF-8 byte order mark', () => {
    expect([...Buffer.from(csvByteOrderMark)]).toEqual([0xef, 0xbb, 0xbf])
  })
})

const pythonMissing = spawnSync('python3', ['-c', 'import csv']).status === 0 ? null : 'no python3'

describeUnless(pythonMissing, "csvRow beside Python's csv", () => {
  it('is read back as it was', () => {
    const rows = [
      ['Name', 'Subject', 'Octets'],
      ['日本語', 'He said "no", twice\r\nthen left', '1'],
      ['', '"', ',,,'],
      ['a\nb', 'a\rb', '\u2028'],
      ['🙂', "it's; a\ttab", '"",""\n'],
    ]
    const script = `
import csv, io, json, sys
text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8-sig', newline='')
print(json.dumps(list(csv.reader(text, strict=True))))`
    const input = csvByteOrderMark + rows.map(csvRow).join('')
    expect(JSON.parse(execFileSync('python3', ['-c', script], { input, encoding: 'utf8' }))).toEqual(rows)
  })
})
