/** `lifeboat ui` as a person starts it. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { until } from '../fixtures/patience.ts'
import { finished, startLifeboat, temporaryFolder } from './command.ts'

async function address(child: ReturnType<typeof startLifeboat>): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    const url = /(http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)/.exec(text)?.[1]
    if (url !== undefined) return url
  }
  throw new Error(`No address: ${text}`)
}

it('prints an address that works once, serves the app, and ends with Ctrl-C', async () => {
  using folder = temporaryFolder()
  const child = startLifeboat(['ui', '--no-open'], { home: folder.path, env: { HOME: folder.path } })
  const done = finished(child)
  const url = await address(child)
  const entered = await fetch(url)
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  const page = await fetch(new URL('/', url), { headers: { cookie } })
  expect(await page.text()).toContain('<title>Lifeboat</title>')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  for (const path of ['/index.js', '/browse.js', '/style.css', '/icon.svg', '/browse'])
    expect([path, (await fetch(new URL(path, url), { headers: { cookie } })).status]).toEqual([path, 200])
  for (const path of ['/../package.json', '/..%2fpackage.json', '/package.json', '/disk/none/x'])
    expect([path, (await fetch(new URL(path, url), { headers: { cookie } })).status]).toEqual([path, 404])
  const home = await fetch(new URL('/api/home', url), { headers: { cookie } })
  expect(await home.json()).toMatchObject({ verdict: { level: 'none', reason: 'no-account' } })
  expect((await fetch(url)).status).toBe(403)
  child.kill('SIGINT')
  expect((await done).exitCode).toBe(0)
})

it('hands the address to the browser where no other person on the computer can read it', async () => {
  using folder = temporaryFolder()
  const seen = join(folder.path, 'seen')
  const browser = join(folder.path, 'browser')
  writeFileSync(
    browser,
    `#!/bin/sh\nfile=$(echo "$1" | sed 's,^file://,,')\nstat -c %a "$file" > '${seen}.mode'\ncat "$file" > '${seen}.page'\necho "$@" > '${seen}'\n`,
  )
  chmodSync(browser, 0o755)
  const child = startLifeboat(['ui'], { home: folder.path, env: { HOME: folder.path, BROWSER: browser } })
  const done = finished(child)
  await address(child)
  // The shell makes the file before it writes the line.
  const line = await until(() => existsSync(seen) && /^.*\n/.exec(readFileSync(seen, 'utf8'))?.[0], 'the browser to be started')
  const argument = line.trim()
  expect(argument).toMatch(/^file:\/\/\S+\.html$/)
  expect(argument).not.toContain('token')
  expect(readFileSync(`${seen}.mode`, 'utf8').trim()).toBe('600')
  const inside = /url=(http\S+?)"/.exec(readFileSync(`${seen}.page`, 'utf8'))?.[1] ?? ''
  expect((await fetch(inside)).status).toBe(200)
  child.kill('SIGINT')
  await done
  expect(existsSync(fileURLToPath(argument))).toBe(false)
})

it('says so when the port is taken', async () => {
  using folder = temporaryFolder()
  const options = { home: folder.path, env: { HOME: folder.path } }
  const first = startLifeboat(['ui', '--no-open'], options)
  const { port } = new URL(await address(first))
  const second = await finished(startLifeboat(['ui', '--no-open', '--port', port], options))
  expect(second).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`The port ${port} is used by another program.`) })
  const done = finished(first)
  first.kill('SIGINT')
  await done
})
