import parser from 'imapflow/lib/handler/imap-parser.js'
import { describe, expect, it } from 'vitest'
import { readPlainFetch } from '../../../src/providers/imap/plain-answer.ts'
import { type Answer, readFetch } from '../../../src/providers/imap/protocol.ts'
import { Random } from '../../fixtures/random.ts'

const usual = [
  '* 12 FETCH (UID 17 FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286)',
  '* 12 FETCH (UID 17 FLAGS () INTERNALDATE " 7-Jul-1996 02:44:25 +0000" RFC822.SIZE 0)',
  '* 3 FETCH (FLAGS (\\Answered \\Flagged $Forwarded NonJunk) UID 4294967295)',
  '* 1 FETCH (UID 9 EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9))',
  '* 1 FETCH (FLAGS (\\Seen))',
  '* 1 FETCH (UID 1 UID 2)',
]

/** Valid and not, but none of them plain. */
const others = [
  '* 1 FETCH (UID 7 BODY[] {3}',
  '* 1 FETCH (UID 7 BODY[] "abc")',
  '* 1 FETCH (UID 7 BODY[]<0> NIL)',
  '* 1 FETCH (UID 7 X-GM-LABELS ("\\\\Inbox" work))',
  '* 1 FETCH (UID 7 FLAGS NIL)',
  '* 1 FETCH (UID 7 FLAGS (NIL))',
  '* 1 FETCH (UID 7 FLAGS (a (b)))',
  '* 1 FETCH (UID 7 FLAGS (a  b))',
  '* 1 FETCH (UID 7 FLAGS (é))',
  '* 1 FETCH (uid 7)',
  '* 1 FETCH (UID 7) ',
  '* 1 FETCH (UID 7',
  '* 1 FETCH (UID)',
  '* 1 FETCH ()',
  '* VANISHED (EARLIER) 300:310',
  '* 5 EXPUNGE',
  'A1 OK FETCH (UID 7)',
]

describe('a plain answer to FETCH', () => {
  it.each(usual)('is read as imapflow reads it: %s', async (line) => {
    const plain = readPlainFetch(Buffer.from(line))
    expect(plain).not.toBeNull()
    expect(plain).toEqual(await asImapflow(line))
  })

  it.each(others)('is not: %s', (line) => {
    expect(readPlainFetch(Buffer.from(line))).toBeNull()
  })

  it('is what imapflow reads, or left to it, whatever is changed in it', async () => {
    const random = new Random(5)
    const signs = [...'()[]{}"\\ *%<>:,.$_-~\r\n\0é', 'NIL', 'FLAGS', '(', ')', ' ', '7', 'a', '\\Seen', '1:3']
    let plainOnes = 0
    for (let i = 0; i < 20_000; i++) {
      let line = random.pick(usual)
      for (let changes = random.integer(0, 3); changes > 0; changes--) {
        const at = random.integer(0, line.length - 1)
        line = line.slice(0, at) + random.pick(signs) + line.slice(at + random.integer(0, 2))
      }
      const plain = readPlainFetch(Buffer.from(line))
      if (plain === null) continue
      plainOnes++
      expect(plain, line).toEqual(await asImapflow(line))
    }
    expect(plainOnes).toBeGreaterThan(1_000)
  })

  it('is told from a long one that nearly is one without delay', () => {
    const near = [`(${'a'.repeat(100_000)}!`, `(${'a '.repeat(50_000)})!`, `"${'\\'.repeat(100_000)}`, '('.repeat(100_000)]
    for (const value of near) expect(readPlainFetch(Buffer.from(`* 1 FETCH (UID 7 FLAGS ${value})`))).toBeNull()
  })
})

async function asImapflow(line: string): Promise<unknown> {
  const answer = (await parser(Buffer.from(line), { literals: [] })) as Answer
  expect(answer.attributes?.[0]).toMatchObject({ value: 'FETCH' })
  return readFetch(answer)
}
