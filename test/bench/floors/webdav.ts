/**
 * Floor: bare requests over four connections. `get URL USER PASSWORD`: lists folder by folder and gets every file, whose octets are
 * thrown away; `list …`: only lists. Prints the number of octets that were got, or of files that were listed.
 */
import { Agent, request } from 'node:http'

const [, , mode = '', root = '', user = '', password = ''] = process.argv
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const waiting: { readonly method: 'PROPFIND' | 'GET'; readonly path: string }[] = [
  { method: 'PROPFIND', path: new URL(root).pathname },
]
let files = 0
let octets = 0

function ask(method: string, path: string, take: (part: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(root)
    const headers = { authorization, ...(method === 'PROPFIND' ? { depth: '1' } : {}) }
    const outgoing = request({ agent, hostname, port, method, path, headers }, (answer) => {
      if ((answer.statusCode ?? 500) >= 300) reject(new Error(`${method} ${path}: ${answer.statusCode}`))
      answer.on('data', take)
      answer.on('end', resolve)
      answer.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

async function serve({ method, path }: (typeof waiting)[number]): Promise<void> {
  if (method === 'GET') {
    await ask(method, path, (part) => {
      octets += part.length
    })
    return
  }
  const parts: Buffer[] = []
  await ask(method, path, (part) => parts.push(part))
  const listing = Buffer.concat(parts).toString()
  for (const [, href = ''] of listing.matchAll(/<(?:\w+:)?href>([^<]*)</g)) {
    const child = href.replaceAll('&amp;', '&')
    if (child === path) continue
    if (child.endsWith('/')) waiting.push({ method: 'PROPFIND', path: child })
    else {
      files++
      if (mode === 'get') waiting.push({ method: 'GET', path: child })
    }
  }
}

const active = new Set<Promise<void>>()
while (waiting.length > 0 || active.size > 0) {
  const next = active.size < 4 ? waiting.pop() : undefined
  if (next === undefined) {
    await Promise.race(active)
    continue
  }
  const served: Promise<void> = serve(next).finally(() => active.delete(served))
  active.add(served)
}
agent.destroy()
console.log(mode === 'get' ? octets : files)
