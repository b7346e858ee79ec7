import { type Disk, type DiskFile, diskError, realDisk } from '../../src/vault/disk.ts'
import { systemError } from './memory-disk.ts'

/**
 * A disk of which one file cannot be read, from an octet on (up to `until`), and which tells what was read. The file stays bad by
 * whatever name, and another one at its place is good.
 */
export function worn(
  bad: string,
  from: number,
  until = Number.POSITIVE_INFINITY,
): { readonly disk: Disk; readonly read: Set<string> } {
  const read = new Set<string>()
  let name: string | null = bad
  const isBad = (path: string) => name !== null && path.endsWith(name)
  const open: Disk['open'] = async (path, mode) => {
    const file = await realDisk.open(path, mode)
    return reading(file, async (into, position) => {
      read.add(path)
      if (isBad(path) && position + into.length > from && position < until) throw unreadable(path)
      return await file.read(into, position)
    })
  }
  const rename: Disk['rename'] = async (one, other) => {
    await realDisk.rename(one, other)
    if (isBad(one)) name = other
    else if (isBad(other)) name = null
  }
  return { disk: { ...realDisk, open, rename }, read }
}

/** A disk on which the file cannot be read from the `nth` time on that it is opened. */
export function stumbling(bad: string, nth: number): Disk {
  let opened = 0
  return {
    ...realDisk,
    open: async (path, mode) => {
      const file = await realDisk.open(path, mode)
      if (!path.endsWith(bad) || ++opened < nth) return file
      return reading(file, () => Promise.reject(unreadable(path)))
    },
  }
}

/** The same file, read in another way. */
function reading(file: DiskFile, read: DiskFile['read']): DiskFile {
  return {
    read,
    size: () => file.size(),
    write: (parts, position) => file.write(parts, position),
    truncate: (length) => file.truncate(length),
    setModified: (time) => file.setModified(time),
    sync: () => file.sync(),
    close: () => file.close(),
  }
}

function unreadable(path: string): Error {
  return diskError(systemError('EIO', path), path)
}
