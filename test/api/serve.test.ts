import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../src/api/http/serve.ts'

let served: Served
let cookie: string
let handled: string[] = []

beforeAll(async () => {
  served = await serve((request) => {
    handled.push(`${request.method} ${new URL(request.url).pathname}`)
    return new Response('the screens', { headers: { 'Content-Type': 'text/plain' } })
  })
  const entered = await send({ path: new URL(served.url).pathname + new URL(served.url).search })
  cookie = /^set-cookie: ([^;]*)/im.exec(entered.head)?.[1] ?? ''
})

afterAll(() => served[Symbol.asyncDispose]())

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly to?: string
}

/** As it is written: `fetch` would not let a test set `Host` or `Origin`. */
function send({ method = 'GET', path = '/', headers = {}, body = '', to = '127.0.0.1' }: Sent): Promise<{
  readonly status: number
  readonly head: string
  readonly text: string
}> {
  const all = { Host: `127.0.0.1:${served.port}`, Connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(served.port, to, () => {
      socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}Content-Length: ${body.length}\r\n\r\n${body}`)
    })
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', ...rest] = answer.split('\r\n\r\n')
      resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]), head, text: rest.join('\r\n\r\n') })
    })
  })
}

async function refused(request: Sent): Promise<void> {
  handled = []
  const { status, text } = await send(request)
  expect(status).toBe(403)
  expect(text).toContain('open Lifeboat again')
  expect(handled).toEqual([])
}

const ours = () => ({ Cookie: cookie, Origin: `http://127.0.0.1:${served.port}` })
const json = { 'Content-Type': 'application/json' }

describe('the loopback server', () => {
  it('answers the window that was opened with its address', async () => {
    const { status, text } = await send({ headers: { Cookie: cookie } })
    expect([status, text]).toEqual([200, expect.stringContaining('the screens')])
  })

  it('takes JSON from its own page', async () => {
    handled = []
    const { status } = await send({ method: 'POST', path: '/api/jobs', headers: { ...ours(), ...json }, body: '{}' })
    expect([status, handled]).toEqual([200, ['POST /api/jobs']])
  })

  it('gives the cookie to scripts of no page and to no other site', async () => {
    const fresh = await serve(() => new Response('x'))
    try {
      const first = await fetch(fresh.url, { redirect: 'manual' })
      expect(first.status).toBe(200)
      expect(await first.text()).toContain('content="0;url=/"')
      expect(first.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict$/)
      const second = await fetch(fresh.url, { redirect: 'manual' })
      expect(second.status).toBe(403)
      expect(second.headers.get('set-cookie')).toBeNull()
      const invited = await fetch(fresh.invite(), { redirect: 'manual' })
      expect(invited.headers.get('set-cookie')).toBe(first.headers.get('set-cookie'))
    } finally {
      await fresh[Symbol.asyncDispose]()
    }
  })

  it('cannot be reached but by 127.0.0.1', async () => {
    await expect(send({ to: '::1', headers: { Cookie: cookie } })).rejects.toThrow(/ECONNREFUSED|EADDRNOTAVAIL/)
    await expect(send({ to: '127.0.0.2', headers: { Cookie: cookie } })).rejects.toThrow('ECONNREFUSED')
  })

  it('says of every answer how little a page may do', async () => {
    const { head } = await send({ headers: { Cookie: cookie } })
    expect(head).toMatch(/^content-security-policy: default-src 'none';.*frame-ancestors 'none'/im)
    expect(head).toMatch(/^cache-control: no-store/im)
    expect(head).not.toMatch(/^access-control-/im)
  })
})

describe('the loopback server refuses', () => {
  it('a window without the cookie', () => refused({}))
  it('a wrong cookie', () => refused({ headers: { Cookie: `${cookie.split('=')[0]}=${'x'.repeat(43)}` } }))
  it('a wrong token', () => refused({ path: `/?token=${'x'.repeat(43)}` }))
  it('a foreign Host, to which a name was pointed at this computer', () =>
    refused({ headers: { Cookie: cookie, Host: `evil.example:${served.port}` } }))
  it('localhost', () => refused({ headers: { Cookie: cookie, Host: `localhost:${served.port}` } }))
  it('localhost with a dot', () => refused({ headers: { Cookie: cookie, Host: `localhost.:${served.port}` } }))
  it('[::1]', () => refused({ headers: { Cookie: cookie, Host: `[::1]:${served.port}` } }))
  it('another port', () => refused({ headers: { Cookie: cookie, Host: '127.0.0.1:1' } }))
  it('a Host without the port', () => refused({ headers: { Cookie: cookie, Host: '127.0.0.1' } }))
  it('a foreign Origin', () => refused({ headers: { Cookie: cookie, Origin: 'http://evil.example' } }))
  it('the Origin of another port', () => refused({ headers: { Cookie: cookie, Origin: 'http://127.0.0.1:1' } }))
  it('the Origin null', () => refused({ headers: { Cookie: cookie, Origin: 'null' } }))
  it('a change whose Origin is not said', () =>
    refused({ method: 'POST', path: '/api/jobs', headers: { Cookie: cookie, ...json }, body: '{}' }))
  it('a form', () =>
    refused({
      method: 'POST',
      path: '/api/jobs',
      headers: { ...ours(), 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'kind=backup',
    }))
  it('JSON in a form of plain text', () =>
    refused({ method: 'POST', path: '/api/jobs', headers: { ...ours(), 'Content-Type': 'text/plain' }, body: '{}' }))
  it('a request that another site started', () =>
    refused({ path: '/api/jobs', headers: { Cookie: cookie, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' } }))
  it('another site that opens the API in a window', () =>
    refused({ path: '/api/jobs', headers: { Cookie: cookie, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' } }))
  it('an EventSource of another page', () =>
    refused({
      path: '/api/jobs/1/events',
      headers: { Cookie: cookie, Origin: 'http://evil.example', Accept: 'text/event-stream' },
    }))
  it('a WebSocket of another page', () =>
    refused({
      path: '/api/jobs',
      headers: {
        ...{ Cookie: cookie, Origin: 'http://evil.example', Connection: 'Upgrade', Upgrade: 'websocket' },
        ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' },
      },
    }))
})
