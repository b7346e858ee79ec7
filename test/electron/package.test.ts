/** Packs the app with electron-builder around a stand-in for Electron's program, and looks at what became of it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPackage, extractAll, listPackage, statFile } from '@electron/asar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeApp } from '../../build/app.mjs'

const project = join(import.meta.dirname, '..', '..')
/** Where `@electron/fuses` finds the fuses in the program: nine of them, all open. */
const fuses = Buffer.concat([
  Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX', 'latin1'),
  Buffer.from([1, 9]),
  Buffer.from('1'.repeat(9), 'latin1'),
])

interface Settings {
  readonly files: readonly string[]
  readonly electronVersion: string
  readonly electronFuses: Readonly<Record<string, boolean>>
  readonly win: { readonly target: readonly { readonly target: string }[] }
  readonly nsis: { readonly perMachine: boolean; readonly allowElevation: boolean }
  readonly mac: Readonly<Record<string, unknown>> & { readonly entitlements: string }
  readonly linux: { readonly target: readonly string[]; readonly icon: string }
  readonly fileAssociations: readonly { readonly ext: string }[]
  readonly publish: { readonly provider: string; readonly url: string }
}

const settings = JSON.parse(readFileSync(join(project, 'electron-builder.json'), 'utf8')) as Settings

describe('packing the app', () => {
  let folder: string
  let app: string
  let packed: string
  let archive: string
  let files: string[]
  let inside: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-package-'))
    app = await makeApp(join(folder, 'app'), { packages: true })
    const electron = join(folder, 'electron')
    mkdirSync(join(electron, 'resources'), { recursive: true })
    mkdirSync(join(folder, 'empty'))
    writeFileSync(join(folder, 'empty', 'main.js'), '')
    await createPackage(join(folder, 'empty'), join(electron, 'resources', 'default_app.asar'))
    writeFileSync(join(electron, 'electron'), Buffer.concat([Buffer.from('a stand-in '), fuses]), { mode: 0o755 })
    const builder = join(project, 'node_modules', 'electron-builder', 'cli.js')
    const options = ['--dir', '--linux', '--publish', 'never', '--config', join(project, 'electron-builder.json')]
    const places = [`-c.electronDist=${electron}`, `-c.directories.app=${app}`, `-c.directories.output=${join(folder, 'out')}`]
    const run = spawnSync(process.execPath, [builder, ...options, ...places], {
      ...{ cwd: project, encoding: 'utf8', env: { ...process.env, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') } },
    })
    expect(`${run.status} ${run.status === 0 ? '' : run.stdout + run.stderr}`).toBe('0 ')
    packed = join(folder, 'out', process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`)
    archive = join(packed, 'resources', 'app.asar')
    files = listPackage(archive, { isPack: false })
      .map((name) => name.replaceAll('\\', '/').replace(/^\//, ''))
      .filter((name) => !('files' in statFile(archive, name)))
    // Outside the project: a package that is missing in the archive is missing.
    inside = join(folder, 'inside')
    extractAll(archive, inside)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('puts everything that runs into the archive: the shell, the engine, the screens, the licence and the packages', () => {
    const wanted = ['package.json', 'LICENSE', 'electron/main.js', 'electron/preload.cjs', 'src/api/jobs/process.js']
    const screens = ['src/api/desktop/look-process.js', 'dist/ui/index.html', 'dist/ui/browse.html', 'dist/viewer-page.html']
    expect(files).toEqual(expect.arrayContaining([...wanted, ...screens, 'assets/icons/tray.png']))
    const { dependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as { dependencies: object }
    for (const name of Object.keys(dependencies)) expect(files).toContain(`node_modules/${name}/package.json`)
  })

  it('leaves out everything else: tests, sources, types, maps, tools, notes and secrets', () => {
    const ours = files.filter((name) => !name.startsWith('node_modules/'))
    const foreign = files.filter((name) => name.startsWith('node_modules/'))
    const isMail = (name: string) => name.startsWith('assets/sample-account/')
    expect(
      ours.filter((name) => !isMail(name) && !/^(?:package\.json|LICENSE|(?:electron|src|dist|assets)\/.*)$/.test(name)),
    ).toEqual([])
    expect(ours.filter((name) => !isMail(name) && /\.(?:tsx?|map|md|test\.\w+)$|(?:^|\/)\.\w/.test(name))).toEqual([])
    expect(ours.filter((name) => /^src\/(?:ui|cli|viewer\/page)\//.test(name))).toEqual([])
    expect(
      foreign.filter((name) =>
        /\.(?:[cm]?tsx?|map|md)$|^node_modules\/(?:@[^/]+\/)?[^/]+\/(?:tests?|docs?|examples?)\//.test(name),
      ),
    ).toEqual([])
    expect(files.filter((name) => /\.(?:key|p12|pfx|env|npmrc)$|client_secret|credentials\.json/i.test(name))).toEqual([])
    expect(readFileSync(archive).includes('PRIVATE KEY-----\n')).toBe(false)
  })

  it('holds no package that only builds, tests or packs', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { devDependencies: object }
    const inside = new Set(files.flatMap((name) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? []))
    expect(Object.keys(devDependencies).filter((name) => inside.has(name))).toEqual([])
    expect([...inside].filter((name) => /^@types\/|^node-(?:linux|win)|^commander$/.test(name))).toEqual([])
  })

  it('keeps native code and the practice account outside, where they can be loaded and walked', () => {
    const outside = (name: string) => existsSync(join(packed, 'resources', 'app.asar.unpacked', name))
    expect(outside('assets/sample-account/Documents')).toBe(true)
    const native = files.filter((name) => name.endsWith('.node'))
    expect(native.length).toBeGreaterThan(0)
    expect(native.filter((name) => !outside(name))).toEqual([])
  })

  it('has every package that any provider needs', () => {
    const script = [
      "import { readdirSync } from 'node:fs'",
      "import { join } from 'node:path'",
      "import { pathToFileURL } from 'node:url'",
      `const providers = ${JSON.stringify(join(inside, 'src', 'providers'))}`,
      "const all = readdirSync(providers, { recursive: true }).filter((name) => name.endsWith('.js') && !name.endsWith('-worker.js'))",
      'for (const name of all) await import(pathToFileURL(join(providers, name)).href)',
      'console.log(all.length)',
    ]
    writeFileSync(join(folder, 'load.mjs'), script.join('\n'))
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'load.mjs')], { encoding: 'utf8' })
    expect(stderr.replaceAll(/.*Warning.*\n/g, '')).toBe('')
    expect(Number(stdout)).toBeGreaterThan(100)
  })

  it('backs up by what lies in the archive, and by nothing besides', () => {
    const script = [
      `import { serveScreens } from ${JSON.stringify(join(inside, 'src', 'api', 'screens.js'))}`,
      'await using screens = await serveScreens(0, { mounts: async () => [] })',
      "const { folder } = await screens.desktop.practise('Practice')",
      "const { id } = screens.desktop.jobs.start({ kind: 'backup', request: { vault: folder } })",
      'const job = await new Promise((resolve) => screens.desktop.jobs.watch(id, (one) => one.ended && resolve(one)))',
      'console.log(JSON.stringify([job.state, job.failure]))',
    ]
    writeFileSync(join(folder, 'try.mjs'), script.join('\n'))
    const env = { ...process.env, HOME: folder, LIFEBOAT_HOME: join(folder, 'settings') }
    const said = execFileSync(process.execPath, [join(folder, 'try.mjs')], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(JSON.parse(said)).toEqual(['done', null])
  })

  it('closes the fuses: no Node, no inspector, only this archive, and only as it was packed', () => {
    const program = readFileSync(join(packed, 'lifeboat'))
    const at = program.indexOf(fuses.subarray(0, 32))
    // In the order of the format: run as Node, cookies, NODE_OPTIONS, inspector, integrity, only asar, snapshot, file protocol.
    expect(program.subarray(at + 34, at + 42).toString('latin1')).toBe('01001100')
  })

  it('is set up for every system, for one person, signed where the system signs', () => {
    expect(settings.win.target.map(({ target }) => target)).toEqual(['nsis', 'portable'])
    expect(settings.nsis).toMatchObject({ perMachine: false, allowElevation: false })
    expect(settings.mac).toMatchObject({
      target: [
        { target: 'dmg', arch: ['universal'] },
        { target: 'zip', arch: ['universal'] },
      ],
      ...{ hardenedRuntime: true, notarize: true },
    })
    expect(existsSync(join(project, settings.mac.entitlements))).toBe(true)
    expect(settings.linux.target).toEqual(['AppImage', 'deb', 'rpm'])
    expect(existsSync(join(project, settings.linux.icon))).toBe(true)
    expect(settings.fileAssociations.map(({ ext }) => ext)).toEqual(['mbox'])
    const { devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>
    }
    expect(settings.electronVersion).toBe(devDependencies['electron'])
  })
})
