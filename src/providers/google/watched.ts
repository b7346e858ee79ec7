import type { Readable } from 'node:stream'
import { AppError } from '../../core/errors.ts'

const stalledAfter = 60_000

/** What the stream gives. One from which nothing comes any more, while it is waited for, ends with AppError `network`. */
export async function* watched(stream: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  const watch = () => setTimeout(() => stream.destroy(new AppError('network', 'Google sends nothing any more.')), stalledAfter)
  let timer = watch()
  try {
    for await (const chunk of stream) {
      clearTimeout(timer)
      yield chunk as Uint8Array
      timer = watch()
    }
  } finally {
    clearTimeout(timer)
    stream.destroy()
  }
}
