import { Readable } from 'node:stream'
import { Hono } from 'hono'
import { z } from 'zod'
import type { App, ListedItem } from '../../contract.ts'
import { queryOf } from '../input.ts'

const listQuery = z.object({
  vault: z.string().min(1),
  account: z.string().exactOptional(),
  collection: z.string().exactOptional(),
  at: z.string().exactOptional(),
  removed: z.stringbool().exactOptional(),
})
const itemsQuery = listQuery.extend({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
})
const itemQuery = z.object({ vault: z.string().min(1), id: z.string().min(1) })

/** What lies in a vault. */
export function vaultRoutes(app: App): Hono {
  return new Hono()
    .get('/list', async (context) => context.json(await app.list(request(queryOf(context, listQuery)))))
    .get('/items', async (context) => {
      const { offset, limit, ...query } = queryOf(context, itemsQuery)
      const items: ListedItem[] = []
      let at = 0
      for await (const item of app.listItems(request(query))) {
        if (at++ < offset) continue
        if (items.length === limit) return context.json({ items, more: true })
        items.push(item)
      }
      return context.json({ items, more: false })
    })
    .get('/item', async (context) => {
      const { vault, id } = queryOf(context, itemQuery)
      const { item, bytes } = await app.show(vault, id)
      // Never shown as what it says it is: a page of somebody else's must not run here.
      return context.body(Readable.toWeb(Readable.from(bytes)) as ReadableStream<Uint8Array>, 200, {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': 'attachment',
        'Content-Length': String(item.size),
      })
    })
}

function request({ removed, ...query }: z.infer<typeof listQuery>) {
  return { ...query, ...(removed === undefined ? {} : { includeRemoved: removed }) }
}
