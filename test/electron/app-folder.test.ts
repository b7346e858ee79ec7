/** What is packed is made here and run: the tree without types, with everything it reads in its place. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeApp } from '../../build/app.mjs'

const project = join(import.meta.dirname, '..', '..')

describe('the folder of the app', () => {
  let app: string
  let home: string
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'lifeboat-packed-'))
    // Within the project, so that its packages are found as they are beside the app once it is installed.
    app = await makeApp(join(project, 'dist', `app-${process.pid}`))
  })
  afterAll(() => {
    rmSync(app, { recursive: true, force: true })
    rmSync(home, { recursive: true, force: true })
  })

  it('begins where its manifest says, with the packages that run and no others', () => {
    const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as {
      main: string
      dependencies: object
      devDependencies?: object
    }
    expect(existsSync(join(app, manifest.main))).toBe(true)
    expect(Object.keys(manifest.dependencies)).not.toContain('electron')
    expect(manifest.devDependencies).toBeUndefined()
  })

  it('holds no types, no tests, no sources of the screens, and the screens themselves', () => {
    const files = readdirSync(app, { recursive: true, encoding: 'utf8' })
    expect(files.filter((name) => /\.tsx?$|(?:^|[\\/])test[\\/]/.test(name))).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining([
        join('dist', 'ui', 'index.html'),
        join('dist', 'viewer-page.html'),
        join('electron', 'preload.cjs'),
      ]),
    )
  })

  it('backs up the practice account by itself', () => {
    const script = [
      `import { serveScreens } from ${JSON.stringify(join(app, 'src', 'api', 'screens.js'))}`,
      'await using screens = await serveScreens(0, { mounts: async () => [] })',
      'const { desktop } = screens',
      "const { folder } = await desktop.practise('Practice')",
      "const { id } = desktop.jobs.start({ kind: 'backup', request: { vault: folder } })",
      'const job = await new Promise((resolve) => desktop.jobs.watch(id, (one) => one.ended && resolve(one)))',
      'await desktop.settled()',
      'const page = await (await fetch(screens.served.url)).text()',
      'console.log(JSON.stringify({ state: job.state, failure: job.failure, page: page.includes("Lifeboat"), home: (await desktop.home()).verdict.reason }))',
    ]
    writeFileSync(join(app, 'try.mjs'), script.join('\n'))
    const env = { ...process.env, HOME: home, LIFEBOAT_HOME: join(home, 'settings') }
    const { stdout, stderr } = spawnSync(process.execPath, [join(app, 'try.mjs')], { encoding: 'utf8', env })
    expect(stderr.replaceAll(/.*Warning.*\n/g, '')).toBe('')
    expect(JSON.parse(stdout)).toEqual({ state: 'done', failure: null, page: true, home: 'never-proven' })
    expect(existsSync(join(home, 'Lifeboat practice', 'Lifeboat', 'START HERE.html'))).toBe(true)
  })
})
