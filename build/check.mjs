/** `npm run check`: everything that can be said about the code without running it. */
import { spawn } from 'node:child_process'
import { layerViolations } from './layers.mjs'
import { findNode, packageScript, root } from './setup.mjs'

/** @typedef {{ name: string, ok: boolean, output: string }} Outcome */

/** @returns {Promise<number>} exit code */
export async function check() {
  const outcomes = await Promise.all([
    tool('types', packageScript('typescript', 'tsc'), '--noEmit'),
    tool('types of the screens', packageScript('typescript', 'tsc'), '--noEmit', '-p', 'test/ui'),
    tool('types of the shell', packageScript('typescript', 'tsc'), '--noEmit', '-p', 'test/electron'),
    tool('types of the page', packageScript('typescript', 'tsc'), '--noEmit', '-p', 'test/viewer/page'),
    tool('lint and format', packageScript('@biomejs/biome', 'biome'), 'ci', '--max-diagnostics=50', '.'),
    tool('lint with types', packageScript('oxlint'), '--type-aware'),
    tool('unused code', packageScript('knip'), '--no-progress', '--no-config-hints'),
  ])
  outcomes.push(layers())
  for (const { name, ok, output } of outcomes) {
    if (!ok) console.log(`\n${output.trim()}\n`)
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}`)
  }
  return outcomes.every(({ ok }) => ok) ? 0 : 1
}

/**
 * @param {string} name
 * @param {readonly string[]} command
 * @returns {Promise<Outcome>}
 */
function tool(name, ...command) {
  const child = spawn(findNode(), command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ name, ok: code === 0, output }))
  })
}

/** @returns {Outcome} */
function layers() {
  const violations = layerViolations(root)
  return { name: 'layers', ok: violations.length === 0, output: violations.join('\n') }
}
