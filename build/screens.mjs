/** The screens of the app, made from `src/ui/` into `dist/ui/`: two pages with a script each, and one style. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

const source = join(root, 'src', 'ui')
const output = join(root, 'dist', 'ui')

const pages = { index: 'main.tsx', browse: 'browse.tsx' }

/** @param {string[]} styleFolders whose sheets count, in this order */
export async function makeScreens(styleFolders) {
  const folder = `${output}.${process.pid}`
  mkdirSync(folder, { recursive: true })
  const { rolldown } = await import('rolldown')
  const template = readFileSync(join(source, 'page.html'), 'utf8')
  for (const [name, entry] of Object.entries(pages)) {
    const build = await rolldown({
      input: join(source, entry),
      platform: 'browser',
      transform: { target: 'es2022' },
      onLog(level, log, handle) {
        handle(level === 'warn' ? 'error' : level, log)
      },
    })
    const { output: chunks } = await build.generate({ format: 'es', minify: true, codeSplitting: false })
    await build.close()
    if (chunks.length !== 1 || !chunks[0]) throw new Error('Each screen has to be one script.')
    writeFileSync(join(folder, `${name}.js`), chunks[0].code)
    writeFileSync(join(folder, `${name}.html`), template.replace('<!--SCRIPT-->', `${name}.js`))
  }
  writeFileSync(join(folder, 'style.css'), [...styleFolders, join(source, 'styles')].map(sheets).join('\n'))
  copyFileSync(join(source, 'icon.svg'), join(folder, 'icon.svg'))
  rmSync(output, { recursive: true, force: true })
  renameSync(folder, output)
}

/** @param {string} folder */
export function sheets(folder) {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\n\s*/g, '\n')
}
