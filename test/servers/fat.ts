/**
 * A real FAT32 file system. Its driver is one for FUSE, which takes no names beyond ASCII and makes a file empty that grows to 4
 * GiB; times and the case of names are as on every FAT.
 */
import { type ImageDisk, imageDiskMissing, mountImage } from './image-disk.ts'

const tools = { make: ['mkfs.fat', '-F', '32'], mount: ['fusefat', '-o', 'rw+'] }

export function fatMissing(): string | null {
  return imageDiskMissing(tools, 'dosfstools fusefat mount')
}

/** `sizeMb`: from 34 on; beyond 4,096 the image is sparse. */
export function mountFat(sizeMb: number): Promise<ImageDisk> {
  return mountImage(tools, sizeMb)
}
