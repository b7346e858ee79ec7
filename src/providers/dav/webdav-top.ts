import { createHash } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import type { DavClient } from './http.ts'
import { type Drive, listFolder } from './webdav-propfind.ts'
import type { Resource } from './webdav-resources.ts'

/** What is right below the root, condensed. */
export interface Top {
  /** The root's ETag, empty where it has none. */
  readonly etag: string
  /** Over names, ETags and permissions, whatever order the server names them in. */
  readonly hash: string
}

export async function readTop(client: DavClient, drive: Drive, signal: AbortSignal): Promise<Top> {
  let self: Resource | null = null
  let sum = Buffer.alloc(16)
  await listFolder(
    client,
    drive,
    [],
    {
      begin: () => {
        sum = Buffer.alloc(16)
      },
      self: (resource) => {
        self = resource
      },
      stranger: () => undefined,
      async children(batch) {
        for (const { segment, resource } of batch) {
          const { etag, fileId, permissions, size, modified } = resource
          const one = createHash('sha256')
            .update(JSON.stringify([segment, etag, fileId, permissions, size, modified]))
            .digest()
          for (let n = 0; n < sum.length; n++) sum[n] = ((sum[n] ?? 0) + (one[n] ?? 0)) & 0xff
        }
      },
    },
    signal,
  )
  const found = self as Resource | null
  if (found === null) throw new AppError('not-found', 'The folder of all files is not there any more.')
  return { etag: found.etag ?? '', hash: sum.toString('base64') }
}
