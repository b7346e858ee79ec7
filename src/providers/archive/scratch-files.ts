/** Writes new files of a folder that is thrown away, so that one thread makes files while another reads what goes into the next. */
import { closeSync, futimesSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { systemCode } from './tree.ts'

export interface ScratchFile {
  readonly path: string
  /** Where in the block. */
  readonly start: number
  readonly length: number
  /** Modification time, seconds since 1970. */
  readonly modified: number
}

/** Written; or something is there, which stays; or what the system says. */
export type ScratchOutcome = 'written' | 'exists' | { readonly code: string }

export interface ScratchTask {
  readonly block: SharedArrayBuffer
  readonly files: readonly ScratchFile[]
}

export interface ScratchAnswer {
  /** May be filled again. */
  readonly block: SharedArrayBuffer
  readonly outcomes: readonly ScratchOutcome[]
}

export function writeScratchFiles({ block, files }: ScratchTask): ScratchOutcome[] {
  return files.map((file) => writeOne(file, new Uint8Array(block, file.start, file.length)))
}

function writeOne({ path, modified }: ScratchFile, octets: Uint8Array): ScratchOutcome {
  let descriptor: number | null = null
  try {
    descriptor = openSync(path, 'wx', 0o600)
    for (let done = 0; done < octets.length; ) done += writeSync(descriptor, octets, done)
    futimesSync(descriptor, modified, modified)
    return 'written'
  } catch (error) {
    const code = systemCode(error)
    if (descriptor === null) return code === 'EEXIST' ? 'exists' : { code }
    unlinkSync(path)
    return { code }
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}
