/** The real command as a child process, with a home of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandFile } from '../../build/command.mjs'
import { lookAtCommandLines } from './command-lines.ts'

/** As `npm run lifeboat` runs it. */
export const mainFile = commandFile()
export const sourceFile = join(import.meta.dirname, '../../src/cli/main.ts')

export interface CommandOptions {
  readonly home: string
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

export interface CommandResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export function startLifeboat(argv: readonly string[], options: CommandOptions, file = mainFile): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [file, ...argv], {
    env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: '', LIFEBOAT_HOME: options.home, ...options.env },
    cwd: options.cwd ?? options.home,
  })
  lookAtCommandLines()
  return child
}

export async function lifeboat(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const child = startLifeboat(argv, options)
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return await finished(child)
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })
}

export interface TemporaryFolder extends Disposable {
  readonly path: string
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Every file below `folder`, with its bytes as Latin-1 so that any octets can be searched; not what goes away meanwhile. */
export function filesBelow(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      try {
        return [{ path, text: readFileSync(path, 'latin1') }]
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    })
}
