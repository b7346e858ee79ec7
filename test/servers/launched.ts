/** Other people's servers as the tests start and end them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { until } from '../fixtures/patience.ts'

export interface Launched {
  /** By force, at once, as a crash would. */
  kill(): void
  /** By force: a temporary directory needs no end in order. Returns when it has ended. */
  end(): Promise<void>
}

/** The shell outlives neither the test, whose end closes its standard input, nor the server. */
const keeper = 'exec 3<&0; "$0" "$@" 3<&- </dev/null & server=$!; (cat >/dev/null; kill $server) <&3 & wait $server; kill 0'

/**
 * Starts a program and waits until it `answers`.
 * @param log what to show besides its own complaints when it does not start
 */
export async function launch(
  program: string,
  args: readonly string[],
  answers: () => Promise<boolean>,
  log: () => string = () => '',
): Promise<Launched> {
  if (!existsSync(program)) throw new Error(`${program} is not installed`)
  const child = spawn('sh', ['-c', keeper, program, ...args], { stdio: ['pipe', 'ignore', 'pipe'], detached: true })
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(-10_000)
  })
  const launched = { kill: () => killGroup(child), end: () => end(child) }
  try {
    await until(async () => hasEnded() || (await answers()), `${program} to answer`)
    if (hasEnded()) throw new Error(`${program} ended`)
    return launched
  } catch (error) {
    await launched.end()
    throw new Error(`${program} did not start: ${errors}${log()}`, { cause: error })
  }
}

async function end(child: ChildProcess): Promise<void> {
  killGroup(child)
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve))
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Below the ports that systems give away by themselves, and others for each process of the tests: no one else takes it meanwhile. */
export async function freePort(): Promise<number> {
  const { VITEST_POOL_ID: worker = '0' } = process.env
  const first = 10_000 + (Number(worker) % 4) * 5_000
  return await until(() => {
    const port = first + Math.floor(Math.random() * 5_000)
    return !givenPorts.has(port) && givenPorts.add(port) && portIfFree(port)
  }, 'a free port')
}

const givenPorts = new Set<number>()

function portIfFree(port: number): Promise<number | null> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)))
  })
}
