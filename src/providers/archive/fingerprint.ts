/** Tells by names, sizes and times whether files are as they were. */
import { createHash } from 'node:crypto'
import type { Cursor } from '../../core/source.ts'
import type { ArchivedFile } from './layout.ts'

/** How many files are asked for their size and time at once. */
const statBatch = 32

/** `complete`: everything could be read; otherwise the next run lists again. */
export function fingerprintCursor({ files, sha256 }: Fingerprint, complete: boolean): Cursor {
  return JSON.stringify({ v: 1, files, sha256, complete })
}

export interface Fingerprint {
  readonly files: number
  readonly sha256: string
}

/** `label`: what the file is called in the archive, and for what it is taken. */
export async function fingerprint(
  files: Iterable<ArchivedFile & { readonly label: readonly string[] }>,
  signal: AbortSignal,
): Promise<Fingerprint> {
  const digest = createHash('sha256')
  const batch: { readonly label: readonly string[]; readonly stamp: Promise<string> }[] = []
  let count = 0
  const flush = async () => {
    signal.throwIfAborted()
    for (const { label, stamp } of batch) digest.update(JSON.stringify([...label, await stamp]))
    batch.length = 0
  }
  for (const { tree, file, label } of files) {
    count++
    // A file that has just vanished or may not be read fails when it is listed, and is named there.
    const stamp = tree.facts(file).then(
      (facts) => facts.stamp,
      () => '?',
    )
    batch.push({ label, stamp })
    if (batch.length >= statBatch) await flush()
  }
  await flush()
  return { files: count, sha256: digest.digest('hex') }
}
