import { expect, it } from 'vitest'
import { readMail } from '../../src/viewer/write/mail.ts'
import { MailReader } from '../../src/viewer/write/mail-reader.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'

describeWithCorpus('messages read in another thread', () => {
  it('are read as they are here, every one of the corpus', async () => {
    const reader = new MailReader()
    try {
      // The first few are read here in any case.
      for (let n = 0; n < 20; n++) await reader.read(Buffer.from('\r\n'), false)
      for (const file of corpus('mail')) {
        const there = await reader.read(file.bytes(), false)
        const here = await readMail(file.bytes(), false)
        const plain = (contents: readonly Uint8Array[]) => contents.map((content) => Buffer.from(content).toString('base64'))
        expect({ ...there, name: file.name, contents: plain(there.contents) }).toEqual({
          ...{ ...here, name: file.name, contents: plain(here.contents) },
        })
      }
    } finally {
      await reader.close()
    }
  }, 120_000)
})
