import { expect, test } from 'vitest'
import { messageText } from '../../src/cli/message-text.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'

const bytes = (...lines: readonly string[]) => Buffer.from(lines.join('\r\n'))

test('header, text and the names of attachments are shown', async () => {
  const message = bytes(
    'From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>',
    'To: Team: a@example.com, Bea <b@example.com>;',
    'Subject: Offer',
    'Content-Type: multipart/mixed; boundary=x',
    '',
    '--x',
    '',
    'Hello.',
    '--x',
    'Content-Type: application/pdf',
    'Content-Disposition: attachment; filename="offer.pdf"',
    '',
    '12345',
    '--x--',
  )
  const text = await messageText(message)
  expect(text).toContain('From: Jürgen <j@example.com>\nTo: Team: a@example.com, Bea <b@example.com>;\nSubject: Offer\n')
  expect(text).toMatch(/Attachment: offer\.pdf \(application\/pdf, \d bytes\)\n\nHello\./)
})

test('a message that is HTML only says how to read it', async () => {
  const text = await messageText(bytes('Subject: x', 'Content-Type: text/html', '', '<script>alert(1)</script><b>Hello</b>'))
  expect(text).toContain('HTML only. Save it with --raw')
  expect(text).not.toContain('<script>')
})

test('a message that cannot be parsed is shown as its source', async () => {
  const levels = Array.from({ length: 400 }, (_, n) => [`Content-Type: multipart/mixed; boundary=b${n}`, '', `--b${n}`]).flat()
  const text = await messageText(bytes('Subject: deep', ...levels, '', 'Bottom.'))
  expect(text).toContain('Content-Type: multipart/mixed; boundary=b399')
  expect(text).toContain('Bottom.')
})

describeWithCorpus('messages of the corpus', () => {
  test('all of them can be shown, and none steers the terminal', async () => {
    for (const file of corpus('mail')) {
      const text = await messageText(file.bytes())
      expect(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text), file.name).toBe(false)
    }
  })
})
