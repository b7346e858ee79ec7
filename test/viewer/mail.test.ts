import { describe, expect, it } from 'vitest'
import { marks } from '../../src/viewer/format-documents.ts'
import { attachmentOctets } from '../../src/viewer/page/data/take-out.ts'
import { mailTexts } from '../../src/viewer/search.ts'
import { holdsPhrase, normalised } from '../../src/viewer/tokens.ts'
import { readMail } from '../../src/viewer/write/mail.ts'

interface Part {
  readonly type: string
  readonly name: string
  readonly id?: string
  readonly content: string
  readonly disposition?: 'attachment' | 'inline'
}

function part({ type, name, id, content, disposition = 'inline' }: Part): string {
  const contentId = id === undefined ? '' : `Content-ID: <${id}>\r\n`
  const head = `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: ${disposition}; filename="${name}"\r\n${contentId}`
  return `--b\r\n${head}Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64')}\r\n`
}

function related(html: string, parts: readonly Part[]): Buffer {
  const head = 'From: a@example.com\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n'
  return Buffer.from(`${head}--b\r\nContent-Type: text/html\r\n\r\n${html}\r\n${parts.map(part).join('')}--b--\r\n`)
}

const pdf: Part = { type: 'application/pdf', name: 'Invoice.pdf', id: 'i@x', content: '%PDF-1.4' }
const logo: Part = { type: 'image/png', name: 'logo.png', id: 'logo@x', content: 'png' }

describe('what a message shows as its attachments', () => {
  it('is all that does not stand within the text, wherever the sender has put it', async () => {
    const photo: Part = { type: 'image/jpeg', name: 'IMG_1.jpeg', id: 'photo@x', content: 'j'.repeat(300_000) }
    const loose: Part = { type: 'image/jpeg', name: 'IMG_2.jpeg', id: 'loose@x', content: 'jpeg' }
    const html = '<p>Look</p><img src="cid:logo%40x"><img src="cid:photo@x">'
    const { detail, marks: bits, contents } = await readMail(related(html, [pdf, logo, photo, loose]), false)
    expect(detail.attachments.map(({ name, inline }) => [name, inline])).toEqual([
      ['Invoice.pdf', false],
      ['logo.png', true],
      ['IMG_1.jpeg', false],
      ['IMG_2.jpeg', false],
    ])
    expect(contents.map((content) => content.length)).toEqual([8, 3, 300_000, 4])
    expect(bits & (marks.attachment | marks.pdf | marks.image)).toBe(marks.attachment | marks.pdf | marks.image)
  })

  it('is nothing where all pictures stand within the text', async () => {
    const { detail, marks: bits } = await readMail(related("<img src='cid:logo@x'>", [logo]), false)
    expect(detail.attachments.map(({ inline }) => inline)).toEqual([true])
    expect(bits & marks.attachment).toBe(0)
  })

  it('is also what has no name that the text could call it by', async () => {
    const { id: _, ...nameless } = logo
    for (const src of ['cid: ', 'cid:%3C%3E']) {
      const { detail } = await readMail(related(`<img src="${src}">`, [nameless]), false)
      expect(detail.attachments.map(({ name, inline }) => [name, inline])).toEqual([['logo.png', false]])
    }
  })

  it('can be taken out of it by its place, with a message among them', async () => {
    const inner = 'From: b@example.com\r\nSubject: inner\r\n\r\ninner text'
    const forwarded = `--b\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n`
    const unnamed = '--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n\r\nsecond\r\n'
    const message = Buffer.from(
      `From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n${forwarded}${unnamed}--b--\r\n`,
    )
    const { detail } = await readMail(message, false)
    const taken = detail.attachments.map(async (info, number) =>
      Buffer.from(await attachmentOctets(message, info, number)).toString(),
    )
    expect((await Promise.all(taken)).map((text) => text.trim().replaceAll('\r\n', '\n'))).toEqual([
      inner.replaceAll('\r\n', '\n'),
      'second',
    ])
  })
})

it('reads quoted-printable of which blanks at the ends of lines were added on the way', async () => {
  const head =
    'From: a@example.com\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
  for (const end of ['\r\n', '\n']) {
    const { detail } = await readMail(
      Buffer.from(`${head}Stra= \t${end}=C3=9Fe =3D 1= 2${end}end= `.replaceAll('\r\n', end)),
      false,
    )
    expect(detail.text?.trim()).toBe('Stra\u00dfe = 1= 2\nend')
  }
})

it('finds what stands in the HTML alone, where the text only says that one should look at it', async () => {
  const parts = [
    'text/plain\r\n\r\nPlease view this message as HTML.',
    'text/html\r\n\r\n<p>Your <b>voucher</b> for the opera</p>',
  ]
  const message = `From: a@example.com\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n${parts.map((text) => `--b\r\nContent-Type: ${text}\r\n`).join('')}--b--\r\n`
  const { detail, body, html } = await readMail(Buffer.from(message), false)
  expect([detail.text?.trim(), body]).toEqual(['Please view this message as HTML.', expect.stringContaining('voucher')])
  const texts = await mailTexts('', detail, async () => html, 0)
  expect(texts.some((text) => holdsPhrase(text, normalised('voucher for the opera'), false))).toBe(true)
})
