import { type Disk, diskError, realDisk } from '../../src/vault/disk.ts'
import { systemError } from './memory-disk.ts'

/** A disk of which one file cannot be read, from an octet on, and which tells what was read. */
export function worn(bad: string, from: number): { readonly disk: Disk; readonly read: Set<string> } {
  const read = new Set<string>()
  const open: Disk['open'] = async (path, mode) => {
    const file = await realDisk.open(path, mode)
    return {
      read: async (into, position) => {
        read.add(path)
        if (path.endsWith(bad) && position + into.length > from) throw diskError(systemError('EIO', path), path)
        return await file.read(into, position)
      },
      size: () => file.size(),
      write: (parts, position) => file.write(parts, position),
      truncate: (length) => file.truncate(length),
      setModified: (time) => file.setModified(time),
      sync: () => file.sync(),
      close: () => file.close(),
    }
  }
  return { disk: { ...realDisk, open }, read }
}
