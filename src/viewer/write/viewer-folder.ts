/** What the writer needs of a disk; the engine brings it. Names are files in the data folder. */
export interface ViewerFolder {
  /** Null when there is none. */
  read(name: string): Promise<Uint8Array | null>
  /** Makes the file, replacing one that is there, and returns once its content is on the medium. */
  write(name: string, parts: readonly Uint8Array[]): Promise<void>
  /** Like `write`; after a crash there is the old content or the new. */
  replace(name: string, parts: readonly Uint8Array[]): Promise<void>
  remove(name: string): Promise<void>
  /** All files of ours; empty when the folder is not there. */
  list(): Promise<readonly string[]>
  /** Makes all names durable. */
  sync(): Promise<void>
}
