/** A real NTFS file system that takes the names that Windows takes. */
import { type ImageDisk, imageDiskMissing, mountImage } from './image-disk.ts'

const tools = { make: ['mkntfs', '-F', '-Q'], mount: ['ntfs-3g', '-o', 'windows_names'] }

export function ntfsMissing(): string | null {
  return imageDiskMissing(tools, 'ntfs-3g mount')
}

/** What Windows refuses is refused. */
export function mountNtfs(sizeMb: number): Promise<ImageDisk> {
  return mountImage(tools, sizeMb)
}
