import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What one run of a command cost, children included. */
export interface Cost {
  /** Seconds. */
  readonly wall: number
  /** Seconds, user and system. */
  readonly cpu: number
  /** Octets that were resident at the peak. */
  readonly memory: number
}

export interface Command {
  readonly argv: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

export interface Measured extends Cost {
  readonly stdout: string
}

/** Node tells nothing of a child's memory, so Python's wait4 does. */
const measurer = fileURLToPath(new URL('measure.py', import.meta.url))

/** @throws when the command fails */
export async function measure({ argv, env, cwd }: Command): Promise<Measured> {
  const child = spawn('python3', ['-I', '-S', measurer, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  const [stdout, stderr, cost] = await Promise.all([child.stdio[1], child.stdio[2], child.stdio[3]].map(textOf))
  const { exitCode, ...rest } = JSON.parse(cost || '{"exitCode":null}') as Cost & { readonly exitCode: number | null }
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}:\n${stderr}`)
  return { ...rest, stdout: stdout ?? '' }
}

async function textOf(stream: unknown): Promise<string> {
  let text = ''
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString()
  return text
}
