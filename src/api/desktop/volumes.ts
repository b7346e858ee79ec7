/** The disks and shares that this computer has right now. */
import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { homedir } from 'node:os'
import type { Volume } from './contract.ts'

/** A place before it was looked at closely. */
export interface Mount {
  readonly path: string
  /** '' where nobody gave it one. */
  readonly label: string
  readonly kind: Volume['kind']
  readonly fileSystem: string
}

/** Everything that is mounted and may be a person's. Injected in tests. */
export type ListMounts = () => Promise<readonly Mount[]>

/** Less is not worth beginning with. Octets. */
const smallest = 1_000_000_000

const systemPaths = /^\/(?:$|boot|efi|proc|sys|dev|run(?!\/media)|snap|var|usr|etc|tmp|opt|srv|System|private|nix)(?:\/|$)/
const virtual = /^(?:squashfs|tmpfs|devtmpfs|overlay|iso9660|autofs|proc|sysfs)$/i
const network = /^(?:nfs4?|cifs|smb3?|smbfs|afpfs|webdav|fuse\.sshfs|fuse\.rclone)$/i

export const systemMounts: ListMounts = async () => {
  const { blockDevices, fsSize } = await import('systeminformation')
  const [devices, sizes] = await Promise.all([blockDevices(), fsSize()])
  const mounts = new Map<string, Mount>()
  for (const device of devices) {
    const { mount, label, fsType } = device
    if (!mount || isSystem(mount, fsType)) continue
    mounts.set(mount, { path: mount, label: label ?? '', kind: kindOf(device), fileSystem: fsType ?? '' })
  }
  for (const { mount, type } of sizes) {
    if (!mount || mounts.has(mount) || isSystem(mount, type)) continue
    mounts.set(mount, { path: mount, label: '', kind: kindByPlace(mount, type), fileSystem: type })
  }
  return [...mounts.values()]
}

type Device = Awaited<ReturnType<typeof import('systeminformation').blockDevices>>[number]

function kindOf({ removable, physical, protocol }: Device): Volume['kind'] {
  if (physical === 'Network') return 'network'
  return removable || physical === 'Removable' || /usb|firewire|thunderbolt|sd|mmc/i.test(protocol ?? '')
    ? 'external'
    : 'internal'
}

function kindByPlace(mount: string, fileSystem: string): Volume['kind'] {
  if (network.test(fileSystem)) return 'network'
  return /^\/(?:media|run\/media|mnt|Volumes)\//.test(mount) ? 'external' : 'internal'
}

function isSystem(mount: string, fileSystem: string | undefined): boolean {
  return systemPaths.test(mount) || /^\[/.test(mount) || virtual.test(fileSystem ?? '')
}

/** With the person's own folder last: better than nothing, and said to be no more. */
export async function listVolumes(mounts: ListMounts): Promise<Omit<Volume, 'found'>[]> {
  const found = await mounts().catch((): readonly Mount[] => [])
  const own: Mount = { path: homedir(), label: '', kind: 'internal', fileSystem: '' }
  const all = [...found.filter(({ path }) => path !== own.path), own]
  const volumes = await Promise.all(all.map((mount) => volumeOf(mount)))
  const rank = { external: 0, network: 1, folder: 2, internal: 3 } as const
  return volumes.filter((volume) => volume !== null).toSorted((a, b) => rank[a.kind] - rank[b.kind] || b.free - a.free)
}

/** Null where there is nothing. */
export async function volumeOf({ path, label, kind, fileSystem }: Mount): Promise<Omit<Volume, 'found'> | null> {
  const space = await statfs(path).catch(() => null)
  if (space === null) return null
  const [free, total] = [space.bavail * space.bsize, space.blocks * space.bsize]
  const writable = await access(path, constants.W_OK).then(
    () => 'suitable' as const,
    (error: unknown) => (isReadOnly(error) ? ('read-only' as const) : ('not-allowed' as const)),
  )
  const verdict = writable !== 'suitable' ? writable : free < smallest ? 'too-small' : 'suitable'
  const name = label.trim() || nameOf(path)
  return { path, name, kind, free, total, fileSystem, verdict, notes: notesOf(kind, fileSystem) }
}

function nameOf(path: string): string {
  return path === homedir() ? '' : (path.split(/[\\/]/).findLast((part) => part !== '') ?? path)
}

function notesOf(kind: Volume['kind'], fileSystem: string): Volume['notes'] {
  return [
    ...(kind === 'internal' ? (['same-computer'] as const) : []),
    ...(/^(?:vfat|msdos|fat32?|fat16)$/i.test(fileSystem) ? (['small-files-only'] as const) : []),
  ]
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EROFS'
}
