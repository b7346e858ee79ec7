import { expect, it } from 'vitest'
import { useJoinedBlobs } from '../../src/viewer/write/joined-blob.ts'
import { type ReadMail, readMail } from '../../src/viewer/write/mail.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'

const plain = ({ contents, ...mail }: ReadMail) => ({
  ...mail,
  contents: contents.map((content) => Buffer.from(content).toString('base64')),
})

describeWithCorpus('messages read with joined blobs', () => {
  it('are read as with those of the system, every one of the corpus', async () => {
    const files = corpus('mail')
    const before: ReadMail[] = []
    for (const file of files) before.push(await readMail(file.bytes(), false))
    const systemBlob = globalThis.Blob
    useJoinedBlobs()
    try {
      expect(globalThis.Blob).not.toBe(systemBlob)
      for (const [at, file] of files.entries()) {
        const read = await readMail(file.bytes(), false)
        const known = before[at]
        expect({ name: file.name, ...plain(read) }).toEqual({ name: file.name, ...(known ? plain(known) : {}) })
      }
    } finally {
      globalThis.Blob = systemBlob
    }
  })
})
