import { describe, expect, it } from 'vitest'
import { cutFields } from '../../src/viewer/write/cut-fields.ts'
import { readMail } from '../../src/viewer/write/mail.ts'

const addresses = Array.from({ length: 20_000 }, (_, n) => `a${n}@example.org`)

function message(separator: string): Buffer {
  return Buffer.from(`Subject: Long\r\nTo: ${addresses.join(separator)}\r\nFrom: b@example.org\r\n\r\nTo: text\r\n`)
}

describe('overlong header fields', () => {
  it.each([', ', ',\r\n '])('are cut, and everything else stays (%j)', async (separator) => {
    const cut = cutFields(message(separator))
    expect(cut.length).toBeLessThan(66 * 1024)
    expect(cut.toString()).toMatch(/^Subject: Long\r\nTo: a0@example\.org,.*\r\nFrom: b@example\.org\r\n\r\nTo: text\r\n$/s)
    const { detail, subject } = await readMail(message(separator), false)
    expect(subject).toBe('Long')
    expect(detail.from.map(({ address }) => address)).toEqual(['b@example.org'])
    expect(detail.text?.trim()).toBe('To: text')
    expect(detail.to.length).toBeGreaterThan(2_000)
    expect(detail.to.length).toBeLessThan(addresses.length)
  })

  it('are not looked for in the text', () => {
    const text = Buffer.from(`Subject: Short\n\nTo: ${addresses.join(', ')}\n`)
    expect(cutFields(text)).toBe(text)
  })
})
