import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const project = dirname(dirname(import.meta.dirname))
/** A checkout whose path has spaces, with the packages of this one. */
let checkout: string
/** What of the sources the scripts themselves read. */
const v8Flags = 'src/api/jobs/v8-flags.json'

beforeEach(() => {
  checkout = join(mkdtempSync(join(tmpdir(), 'lifeboat run ')), 'my checkout')
  for (const name of ['build', 'package.json', 'package-lock.json', 'vitest.config.ts', 'test/fixtures/patience.ts', v8Flags]) {
    cpSync(join(project, name), join(checkout, name), { recursive: true })
  }
  symlinkSync(join(project, 'node_modules'), join(checkout, 'node_modules'), 'junction')
  // The project's own prepares what these tests do without.
  write('test/fixtures/global-setup.ts', 'export function setup() {}\n')
})
afterEach(() => rmSync(dirname(checkout), { recursive: true, force: true }))

function write(file: string, content: string): void {
  mkdirSync(dirname(join(checkout, file)), { recursive: true })
  writeFileSync(join(checkout, file), content)
}

/** Without what an outer npm or Vitest put there. */
function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD$|VITEST|NODE_ENV$|NODE_COMPILE_CACHE$|CI$)/.test(name),
  )
  return { ...Object.fromEntries(kept), ...extra }
}

/** The person's own, where there is one: the project's Node comes with its packages. */
function nodeOfThePerson(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return folders.map((folder) => join(folder, 'node')).find((file) => existsSync(file)) ?? process.execPath
}

function start(args: readonly string[], extra: NodeJS.ProcessEnv = {}, node = process.execPath): ChildProcess {
  return spawn(node, [join(checkout, 'build', 'run.mjs'), ...args], {
    cwd: checkout,
    env: environment(extra),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function finish(child: ChildProcess) {
  if (!child.stdout || !child.stderr) throw new Error('the streams are piped')
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code: code as number | null }
}

/** Returns when it has said that to the person. */
function said(child: ChildProcess, words: string): Promise<void> {
  let shown = ''
  return new Promise((resolve) =>
    child.stderr?.on('data', (chunk: Buffer) => {
      shown += String(chunk)
      if (shown.includes(words)) resolve()
    }),
  )
}

describe('every command', () => {
  it('begins on the Node that is there, which may be older than ours', async () => {
    const { stderr, code } = await finish(start(['nonsense'], {}, nodeOfThePerson()))
    expect(stderr).toContain('Which command?')
    expect(code).toBe(1)
  })
})

describe('lifeboat', () => {
  it('prints what the program prints, and nothing else, and passes its exit code on', async () => {
    write('src/cli/main.ts', 'console.log(JSON.stringify(process.argv.slice(2)))\nprocess.exitCode = 7\n')
    const result = await finish(start(['lifeboat', 'show', '--vault', 'my disk', '']))
    expect(result).toEqual({ stdout: '["show","--vault","my disk",""]\n', stderr: '', code: 7 })
  })

  it('keeps what was compiled among the packages, for a quicker start, unless told another place', async () => {
    write('src/cli/main.ts', "console.log(process.getBuiltinModule('node:module').getCompileCacheDir() ?? 'nowhere')\n")
    const folders = [join(checkout, 'node_modules', '.cache', 'node-compile'), join(checkout, 'elsewhere')]
    expect((await finish(start(['lifeboat']))).stdout.startsWith(folders[0] ?? '')).toBe(true)
    const told = await finish(start(['lifeboat'], { NODE_COMPILE_CACHE: folders[1] }))
    expect(told.stdout.startsWith(folders[1] ?? '')).toBe(true)
  })

  it('runs what is made of the sources, in which every module knows its own place, and what is made anew when they change', async () => {
    for (const name of ['api', 'core', 'engine', 'formats', 'providers', 'vault', 'viewer'])
      write(`src/${name}/x.ts`, 'export const x: number = 1\n')
    write('src/engine/place.ts', "export const place: string = new URL('beside.txt', import.meta.url).pathname\n")
    const main = (word: string) =>
      `import { place } from '../engine/place.ts'\nconst word: string = '${word}'\nconsole.log([process.argv[1], decodeURI(place), word].join('|'))\n`
    const made = new Set<string>()
    for (const word of ['before', 'after', 'after']) {
      write('src/cli/main.ts', main(word))
      const { stdout } = await finish(start(['lifeboat']))
      const [file = '', place, said] = stdout.trimEnd().split('|')
      expect(file).toMatch(/dist.lifeboat.[0-9a-f]{16}.main\.js$/)
      expect([place, said]).toEqual([join(checkout, 'src', 'engine', 'beside.txt'), word])
      made.add(file)
    }
    expect(made.size).toBeGreaterThan(1)
  })

  it('keeps what was made of former sources as long as it is used', async () => {
    for (const name of ['api', 'core', 'engine', 'formats', 'providers', 'vault', 'viewer']) write(`src/${name}/x.ts`, '')
    const started = async (word: string) => {
      write('src/cli/main.ts', `console.log(process.argv[1])\nconst word: string = '${word}'\nconsole.log(word)\n`)
      utimesSync(join(checkout, 'src/cli/main.ts'), 1, word.length)
      const [file = '', said] = (await finish(start(['lifeboat']))).stdout.split('\n')
      expect(said).toBe(word)
      return dirname(file)
    }
    const folders = [await started('one'), await started('three')]
    const longAgo = Date.now() / 1000 - 30 * 86_400
    for (const folder of folders) utimesSync(folder, longAgo, longAgo)
    expect(await started('one')).toBe(folders[0])
    await started('another')
    expect(folders.map((folder) => existsSync(folder))).toEqual([true, false])
  })

  it('runs the sources where nothing can be made of them', async () => {
    for (const name of ['api', 'core', 'engine', 'formats', 'providers', 'vault', 'viewer']) write(`src/${name}/x.ts`, '')
    write('src/cli/main.ts', 'console.log(process.argv[1])\n')
    const nowhere = [
      '--permission',
      '--allow-child-process',
      '--allow-fs-read=*',
      `--allow-fs-write=${join(checkout, 'nowhere')}`,
    ]
    const child = spawn(process.execPath, [...nowhere, join(checkout, 'build', 'run.mjs'), 'lifeboat'], {
      cwd: checkout,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { stdout, code } = await finish(child)
    expect({ stdout, code }).toEqual({ stdout: `${join(checkout, 'src', 'cli', 'main.ts')}\n`, code: 0 })
    expect(existsSync(join(checkout, 'dist'))).toBe(false)
  })

  it('takes relative paths from where the person is', async () => {
    write('src/cli/main.ts', 'console.log(process.cwd())\n')
    write('some folder/x', '')
    const result = await finish(start(['lifeboat'], { INIT_CWD: join(checkout, 'some folder') }))
    expect(result.stdout).toMatch(/some folder\n$/)
  })

  it('hands Ctrl-C to the program once', async () => {
    write(
      'src/cli/main.ts',
      "let n = 0\nprocess.on('SIGINT', () => {\n  n += 1\n  setTimeout(() => {\n    console.log('signals', n)\n    process.exit(130)\n  }, 300)\n})\nconsole.error('ready')\nsetTimeout(() => {}, 20_000)\n",
    )
    const child = start(['lifeboat'])
    const finished = finish(child)
    if (child.stderr) await once(child.stderr, 'data')
    child.kill('SIGINT')
    expect(await finished).toMatchObject({ stdout: 'signals 1\n', code: 130 })
  })

  it('says in one sentence which commands there are', async () => {
    const result = await finish(start(['nonsense']))
    expect(result.stderr).toMatch(/^Which command\? There is: start, demo, lifeboat, test, check/)
    expect(result).toMatchObject({ stdout: '', code: 1 })
  })
})

describe('the setup', () => {
  it('says what to do when the packages cannot be installed', async () => {
    rmSync(join(checkout, 'node_modules'))
    write('bin/npm', '#!/bin/sh\necho "npm error network is down" >&2\nexit 1\n')
    spawnSync('chmod', ['+x', join(checkout, 'bin', 'npm')])
    const result = await finish(start(['lifeboat'], { PATH: `${join(checkout, 'bin')}:${process.env['PATH']}` }))
    expect(result.stdout).toBe('')
    expect(result.stderr).toContain('npm error network is down')
    expect(result.stderr).toContain('Check the connection to the internet, then run the same command again.')
    expect(result.code).toBe(1)
  })

  it('runs once when two commands start together, and leaves no lock behind', async () => {
    rmSync(join(checkout, 'node_modules'))
    write('src/cli/main.ts', "console.log('ran')\n")
    write(
      'bin/npm',
      `#!/bin/sh\necho install >> installs\nuntil [ -e '${join(checkout, 'go on')}' ]; do sleep 0.1; done\nmkdir node_modules && cp '${join(project, 'node_modules', '.package-lock.json')}' node_modules/\n`,
    )
    spawnSync('chmod', ['+x', join(checkout, 'bin', 'npm')])
    const path = { PATH: `${join(checkout, 'bin')}:${process.env['PATH']}` }
    const both = [start(['lifeboat'], path), start(['lifeboat'], path)]
    const finished = Promise.all(both.map(finish))
    await Promise.race(both.map((child) => said(child, 'waiting for it')))
    write('go on', '')
    const results = await finished
    expect(results.map(({ stdout }) => stdout)).toEqual(['ran\n', 'ran\n'])
    expect(results.map(({ stderr }) => stderr).join('')).toContain('waiting for it')
    expect(spawnSync('cat', [join(checkout, 'installs')], { encoding: 'utf8' }).stdout).toBe('install\n')
    expect(existsSync(join(checkout, '.lifeboat-setup'))).toBe(false)
  })

  it('takes over the lock of a command that was killed', async () => {
    // More than any system counts up to.
    const dead = 2 ** 30
    rmSync(join(checkout, 'node_modules'))
    write('src/cli/main.ts', "console.log('ran')\n")
    write('.lifeboat-setup', String(dead))
    write(
      'bin/npm',
      `#!/bin/sh\nmkdir node_modules && cp '${join(project, 'node_modules', '.package-lock.json')}' node_modules/\n`,
    )
    spawnSync('chmod', ['+x', join(checkout, 'bin', 'npm')])
    const result = await finish(start(['lifeboat'], { PATH: `${join(checkout, 'bin')}:${process.env['PATH']}` }))
    expect(result).toMatchObject({ stdout: 'ran\n', code: 0 })
  })
})

describe('test', () => {
  const lastLine = (output: string) => output.trimEnd().split('\n').at(-1)

  it('ends with the counts, and fails when a test fails', async () => {
    write(
      'test/a.test.ts',
      "import { expect, it } from 'vitest'\nit('a', () => expect(1).toBe(1))\nit('b', () => expect(1).toBe(2))\nit.skip('c', () => expect(1).toBe(1))\n",
    )
    const result = await finish(start(['test']))
    expect(lastLine(result.stdout)).toBe('1 passed, 1 failed, 1 skipped')
    expect(result.code).toBe(1)
  })

  it('counts a file that cannot be loaded as a failure', async () => {
    write('test/a.test.ts', "import { expect, it } from 'vitest'\nit('a', () => expect(1).toBe(1))\n")
    write('test/b.test.ts', "import './missing.ts'\n")
    const result = await finish(start(['test']))
    expect(lastLine(result.stdout)).toBe('1 passed, 1 failed')
    expect(result.code).toBe(1)
  })

  it('counts an error outside any test as a failure', async () => {
    write(
      'test/a.test.ts',
      "import { expect, it } from 'vitest'\nit('a', async () => {\n  void Promise.reject(new Error('nobody waits'))\n  await new Promise((resolve) => setTimeout(resolve, 50))\n  expect(1).toBe(1)\n})\n",
    )
    const result = await finish(start(['test']))
    expect(lastLine(result.stdout)).toBe('1 passed, 1 failed')
    expect(result.code).toBe(1)
  })

  it('runs the files that are named, and fails when there are none', async () => {
    write('test/a.test.ts', "import { expect, it } from 'vitest'\nit('a', () => expect(1).toBe(1))\n")
    expect(await finish(start(['test', 'test/a'])).then(({ stdout, code }) => [lastLine(stdout), code])).toEqual([
      '1 passed, 0 failed',
      0,
    ])
    const none = await finish(start(['test', 'test/nothing']))
    expect(lastLine(none.stdout)).toBe('0 passed, 1 failed')
    expect(none.code).toBe(1)
  })
})
