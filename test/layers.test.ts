import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { layerViolations } from '../build/layers.mjs'
import { packageScript } from '../build/setup.mjs'

const project = dirname(import.meta.dirname)
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lifeboat rules '))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function plant(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
}

describe('the layer rules', () => {
  it.each([
    ['core importing formats', 'src/core/a.ts', '../formats/mbox.ts'],
    ['formats importing the vault', 'src/formats/a.ts', '../vault/vault.ts'],
    ['a provider importing another one', 'src/providers/imap/a.ts', '../archive/b.ts'],
    ['a provider importing another one from a subfolder', 'src/providers/imap/parts/a.ts', '../../archive/b.ts'],
    ['a provider importing the vault', 'src/providers/imap/a.ts', '../../vault/vault.ts'],
    ['a provider importing the registry', 'src/providers/imap/a.ts', '../registry.ts'],
    ['what providers share importing one of them', 'src/providers/shared/a.ts', '../imap/b.ts'],
    ['the vault importing a provider', 'src/vault/a.ts', '../providers/imap/b.ts'],
    ['the vault importing the engine', 'src/vault/a.ts', '../engine/backup.ts'],
    ['the engine importing a provider', 'src/engine/a.ts', '../providers/imap/b.ts'],
    ['the engine importing the registry', 'src/engine/a.ts', '../providers/registry.ts'],
    ['the api importing a provider past the registry', 'src/api/a.ts', '../providers/imap/b.ts'],
    ['the api importing the command line', 'src/api/a.ts', '../cli/main.ts'],
    ['the command line importing the engine', 'src/cli/a.ts', '../engine/backup.ts'],
    ['the viewer importing the vault', 'src/viewer/a.ts', '../vault/vault.ts'],
    ['the screens importing more of the api than its contract', 'src/ui/a.tsx', '../api/app.ts'],
    ['the shell importing the vault', 'electron/main.ts', '../src/vault/vault.ts'],
    ['the program importing a test', 'src/engine/a.ts', '../../test/servers/dovecot.ts'],
  ])('find %s', (_, file, target) => {
    plant({ [file]: `import { x } from '${target}'\nx()\n` })
    expect(layerViolations(root)).toEqual([expect.stringContaining(`${file} must not import `)])
  })

  it.each([
    ['a type', "import type { X } from '../vault/vault.ts'"],
    ['a type in place', "export type Y = import('../vault/vault.ts').X"],
    ['a re-export', "export { x } from '../vault/vault.ts'"],
    ['an import over several lines', "import {\n  x,\n  y,\n} from '../vault/vault.ts'"],
    ['an import for its effects', "import '../vault/vault.ts'"],
    ['a lazy import', "export const x = () => import('../vault/vault.ts')"],
    ['a worker', "new Worker(new URL('../vault/worker.ts', import.meta.url))"],
    ['a detour', "import { x } from '../../src/vault/vault.ts'"],
  ])('see %s', (_, line) => {
    plant({ 'src/formats/a.ts': `${line}\n` })
    expect(layerViolations(root)).toHaveLength(1)
  })

  it('find electron outside electron/', () => {
    plant({ 'src/api/a.ts': "import { app } from 'electron/main'\n", 'electron/main.ts': "import { app } from 'electron'\n" })
    expect(layerViolations(root)).toEqual([expect.stringContaining('src/api/a.ts must not import electron/main')])
  })

  it('find the disk and the network in core and formats', () => {
    plant({
      'src/core/a.ts': "import { connect } from 'node:net'\n",
      'src/formats/a.ts': "import { readFile } from 'node:fs/promises'\n",
      'src/vault/a.ts': "import { readFile } from 'node:fs/promises'\n",
    })
    expect(layerViolations(root)).toEqual([
      expect.stringContaining('src/core/a.ts must not import node:net'),
      expect.stringContaining('src/formats/a.ts must not import node:fs/promises'),
    ])
  })

  it('find a folder that belongs to no layer', () => {
    plant({ 'src/utils/a.ts': 'export const a = 1\n' })
    expect(layerViolations(root)).toEqual([expect.stringContaining('src/utils/a.ts lies in no known layer')])
  })

  it('allow what the map allows', () => {
    plant({
      'src/core/a.ts': "import type { B } from './b.ts'\n",
      'src/providers/imap/parts/a.ts':
        "import { b } from '../b.ts'\nimport { c } from '../../shared/c.ts'\nimport { d } from '../../../core/d.ts'\n",
      'src/providers/registry.ts': "import { imap } from './imap/provider.ts'\n",
      'src/api/a.ts': "import { backup } from '../engine/backup.ts'\nimport { registry } from '../providers/registry.ts'\n",
      'src/cli/commands/a.ts':
        "import type { App } from '../../api/contract.ts'\nimport pkg from '../../../package.json' with { type: 'json' }\n",
      'src/ui/a.tsx': "import type { App } from '../api/contract.ts'\n",
    })
    expect(layerViolations(root)).toEqual([])
  })
})

/** Lints planted files with the project's own configuration. */
function lint(tool: 'biome' | 'oxlint'): { readonly status: number | null; readonly output: string } {
  for (const file of ['biome.json', '.oxlintrc.json', '.gitignore', 'package.json', 'tsconfig.json'])
    cpSync(join(project, file), join(root, file))
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'), 'junction')
  const command =
    tool === 'biome'
      ? [packageScript('@biomejs/biome', 'biome'), 'lint', '--colors=off', 'src']
      : [packageScript('oxlint'), '--type-aware', 'src']
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

describe('the lint rules', () => {
  it.each([
    [
      'values',
      "import { b } from './b.ts'\nexport const a = () => b\n",
      "import { a } from './a.ts'\nexport const b = () => a\n",
    ],
    [
      'types',
      "import type { B } from './b.ts'\nexport type A = B | 1\n",
      "import type { A } from './a.ts'\nexport type B = A[]\n",
    ],
  ])('find a cycle of %s', (_, a, b) => {
    plant({ 'src/vault/a.ts': a, 'src/vault/b.ts': b })
    const { status, output } = lint('biome')
    expect(output).toContain('noImportCycles')
    expect(status).toBe(1)
  })

  it.each([
    ['any', 'noExplicitAny', 'src/core/a.ts', 'export const a = (x: any) => x\n'],
    ['a non-null assertion', 'noNonNullAssertion', 'src/core/a.ts', 'export const a = (x: string | null) => x!.length\n'],
    ['a default export', 'noDefaultExport', 'src/core/a.ts', 'export default 1\n'],
    ['a barrel file', 'noBarrelFile', 'src/core/a.ts', "export { b } from './b.ts'\n"],
    ['a value import of a type', 'useImportType', 'src/core/a.ts', "import { B } from './b.ts'\nexport const b: B = 1\n"],
    ['an unused variable', 'noUnusedVariables', 'src/core/a.ts', 'const a = 1\n'],
    ['output past the command line', 'noConsole', 'src/engine/a.ts', "console.log('hello')\n"],
    ['a file name in another case', 'useFilenamingConvention', 'src/core/camelCase.ts', 'export const a = 1\n'],
    ['a package that package.json does not name', 'noUndeclaredDependencies', 'src/core/a.ts', "export { a } from 'left-pad'\n"],
  ])('find %s', (_, rule, file, text) => {
    plant({ [file]: text, 'src/core/b.ts': 'export type B = number\nexport const b = 1\n' })
    const { status, output } = lint('biome')
    expect(output).toContain(rule)
    expect(status).toBe(1)
  })

  it.each([
    ["a floating promise of Node's", 'no-floating-promises', "import { rm } from 'node:fs/promises'\nrm('x')\n"],
    ['a floating promise of ours', 'no-floating-promises', 'export async function a(): Promise<void> {}\na()\n'],
    ['a promise as a condition', 'no-misused-promises', 'export const a = (b: Promise<boolean>) => (b ? 1 : 2)\n'],
    [
      'a switch that misses a case',
      'switch-exhaustiveness-check',
      "export function a(b: 'x' | 'y') {\n  switch (b) {\n    case 'x':\n      return 1\n  }\n  return 2\n}\n",
    ],
    [
      'data from outside that nobody checked',
      'no-unsafe-member-access',
      'export const a = (text: string) => String(JSON.parse(text).b)\n',
    ],
  ])('find %s', (_, rule, text) => {
    plant({ 'src/core/a.ts': text })
    const { status, output } = lint('oxlint')
    expect(output).toContain(rule)
    expect(status).toBe(1)
  })
})
