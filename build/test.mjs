/** `npm test`: every test, or those whose file name matches; other arguments go to Vitest. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './child.mjs'
import { findNode, packageScript, root } from './setup.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

/**
 * Ends with the line `N passed, N failed`.
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code; not 0 when a test failed or none ran
 */
export async function test(args) {
  await ensureSystemPackages()
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-test-'))
  try {
    const resultFile = join(folder, 'result.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`]
    const exitCode = await run(findNode(), [packageScript('vitest'), 'run', ...reporters, ...args], { cwd: root })
    const total = count(readResult(resultFile))
    // An error outside any test fails the run without failing a test.
    const failed = total.failed || (exitCode === 0 ? 0 : 1)
    if (total.passed === 0) console.log('No test ran.')
    console.log(`${total.passed} passed, ${failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
    return exitCode || (total.passed === 0 ? 1 : 0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult
 * @param {string} file
 * @returns {readonly FileResult[]} empty when Vitest did not get so far
 */
function readResult(file) {
  try {
    return /** @type {{ testResults: FileResult[] }} */ (JSON.parse(readFileSync(file, 'utf8'))).testResults
  } catch {
    return []
  }
}

/** A file that failed without a failed test in it (it could not be loaded, or a hook threw) counts as one failure. */
function count(/** @type {readonly FileResult[]} */ files) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const file of files) {
    const tests = file.assertionResults
    const failed = tests.filter(({ status }) => status === 'failed').length
    const passed = tests.filter(({ status }) => status === 'passed').length
    total.passed += passed
    total.failed += failed || (file.status === 'failed' ? 1 : 0)
    total.skipped += tests.length - failed - passed
  }
  return total
}
