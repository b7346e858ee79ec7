/**
 * The vault's folder once the person has chosen or dropped it: the only way to the exact octets of a message from a page
 * that was opened from a disk.
 */
import type { VaultFiles } from './store.ts'

let chosen: VaultFiles | null = null
const listeners = new Set<() => void>()

export function chosenFolder(): VaultFiles | null {
  return chosen
}

/** @returns how to stop listening */
export function onFolderChosen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A folder in any of the ways browsers give one. */
type Folder = { file(path: readonly string[]): Promise<File> }

/** `false`: it is not a vault. A file that every vault has tells. */
async function accept(folder: Folder): Promise<boolean> {
  try {
    await folder.file(['bagit.txt'])
  } catch {
    return false
  }
  chosen = {
    async slice(path, offset, length) {
      const file = await folder.file(path.split('/'))
      if (offset + length > file.size) throw new Error(`${path} is shorter than expected`)
      return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())
    },
  }
  for (const listener of listeners) listener()
  return true
}

type DirectoryPicker = (options: { id: string; mode: 'read' }) => Promise<FileSystemDirectoryHandle>

export function canPickFolder(): boolean {
  return 'showDirectoryPicker' in window
}

/** @returns null when the person changed their mind */
export async function pickFolder(): Promise<boolean | null> {
  const pick = (window as unknown as { showDirectoryPicker: DirectoryPicker }).showDirectoryPicker
  let handle: FileSystemDirectoryHandle
  try {
    handle = await pick.call(window, { id: 'lifeboat', mode: 'read' })
  } catch {
    return null
  }
  return await accept(handleFolder(handle))
}

/** From `<input type="file" webkitdirectory>`: every file with its path from the chosen folder on. */
export async function useFileList(files: FileList): Promise<boolean> {
  const byPath = new Map<string, File>()
  for (const file of files) byPath.set(file.webkitRelativePath.split('/').slice(1).join('/'), file)
  return await accept({
    file: async (path) => byPath.get(path.join('/')) ?? (await Promise.reject(new Error(`${path.join('/')} is not there`))),
  })
}

/** A folder that was dropped on the page. Must be called while the event is handled. */
export async function useDropped(items: DataTransferItemList): Promise<boolean> {
  const [item] = items
  if (!item) return false
  if ('getAsFileSystemHandle' in item) {
    const handle = await (
      item as unknown as { getAsFileSystemHandle(): Promise<FileSystemHandle | null> }
    ).getAsFileSystemHandle()
    return handle?.kind === 'directory' && (await accept(handleFolder(handle as FileSystemDirectoryHandle)))
  }
  const entry = item.webkitGetAsEntry()
  return entry?.isDirectory === true && (await accept(entryFolder(entry as FileSystemDirectoryEntry)))
}

function handleFolder(root: FileSystemDirectoryHandle): Folder {
  return {
    async file(path) {
      let folder = root
      for (const name of path.slice(0, -1)) folder = await folder.getDirectoryHandle(name)
      return await (await folder.getFileHandle(path.at(-1) ?? '')).getFile()
    },
  }
}

function entryFolder(root: FileSystemDirectoryEntry): Folder {
  return {
    file: (path) =>
      new Promise((resolve, reject) => {
        root.getFile(path.join('/'), {}, (entry) => (entry as FileSystemFileEntry).file(resolve, reject), reject)
      }),
  }
}
