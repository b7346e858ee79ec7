/** The whole of what a window sees: the pages, the API and the files of the disks, behind one web-standard handler. */
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../core/errors.ts'
import type { Desktop } from '../desktop/desktop.ts'
import { failureOf } from '../failure.ts'
import { createApi } from './api.ts'
import type { Handler } from './serve.ts'
import { vaultFile } from './vault-files.ts'

/** Made by `build/page.mjs`. */
const pages = fileURLToPath(new URL('../../../dist/ui', import.meta.url))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** `/`: the app; `/browse?disk=ID`: a disk's content; `/api/…`; `/disk/ID/PATH`: a file of a disk. */
export function createSite(desktop: Desktop): Handler {
  const api = createApi({ app: desktop.app, desktop })
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/api/')) return await api(request)
    const [, id, path] = /^\/disk\/([^/]+)\/(.+)$/.exec(pathname) ?? []
    if (id !== undefined && path !== undefined) return await diskFile(desktop, request, id, path)
    const name = pathname === '/' ? 'index.html' : pathname === '/browse' ? 'browse.html' : pathname.slice(1)
    return await page(name)
  }
}

async function page(name: string): Promise<Response> {
  const type = /^[a-z-]+\.[a-z]+$/.test(name) ? types[extname(name)] : undefined
  const content = type === undefined ? null : await readFile(join(pages, name)).catch(() => null)
  if (type === undefined || content === null) return new Response('There is nothing here.\n', { status: 404 })
  return new Response(content, { headers: { 'Content-Type': type } })
}

async function diskFile(desktop: Desktop, request: Request, id: string, path: string): Promise<Response> {
  try {
    const names = path.split('/').map(decodeURIComponent)
    if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('/')))
      throw new AppError('not-found', 'There is no such file.')
    return await vaultFile(desktop, decodeURIComponent(id), names.join('/'), request.headers.get('range') ?? undefined)
  } catch (error) {
    const { title, message, advice } = failureOf(error)
    return new Response(`${title}\n${message}\n${advice}\n`, {
      status: 404,
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    })
  }
}
