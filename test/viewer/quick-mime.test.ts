import PostalMime, { type Email } from 'postal-mime'
import { expect, it } from 'vitest'
import { QuickMime } from '../../src/viewer/write/quick-mime.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'

const options = { forceRfc822Attachments: true }

const comparable = ({ attachments, ...email }: Email) => ({
  ...email,
  attachments: attachments.map(({ content, ...one }) => ({
    ...one,
    content: Buffer.from(content as ArrayBuffer).toString('base64'),
  })),
})

async function outcome(read: () => Promise<Email>): Promise<unknown> {
  try {
    return comparable(await read())
  } catch (error) {
    return String(error)
  }
}

async function expectSame(name: string, message: Uint8Array): Promise<void> {
  const quick = await outcome(() => new QuickMime(options).parse(message))
  expect({ name, quick }).toEqual({ name, quick: await outcome(() => PostalMime.parse(message, options)) })
}

const encoded = (body: string) => Buffer.from(`Content-Transfer-Encoding: quoted-printable\n\n${body}`)

it.each([
  'plain',
  'a line\nand another\n',
  'soft=\nbreak',
  'soft =\n',
  'an end=',
  '==',
  '=\n=\n=41',
  '=4',
  '=4\n1',
  '=A=\n',
  '=zz =3D=3d=C3=A4 = =',
  '\n\n=0A\n',
  'x\r\ny=\r\nz',
  '--\n-- \n--x=41--\n',
])('reads quoted-printable as the parser does: %j', async (body) => {
  await expectSame(body, encoded(body))
})

it.each([
  'a\n--b\n\none\n--b\n\ntwo\n--b--\nend',
  '--b\n\n\n--b--',
  '\n--b\n\n-- \nsignature\n--\n--b\n\n--b--\n',
  '--b',
  '--b\n\nopen',
])(
  'parts a body where the parser does: %j',
  async (body) => await expectSame(body, Buffer.from(`Content-Type: multipart/mixed; boundary=b\n\n${body}`)),
)

describeWithCorpus('quick reading', () => {
  it('reads every message of the corpus as the parser does, with either kind of line end', { timeout: 300_000 }, async () => {
    for (const { name, bytes } of corpus('mail')) {
      const message = Buffer.from(bytes())
      await expectSame(name, message)
      await expectSame(`${name} with LF`, Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'))
    }
  })
})
