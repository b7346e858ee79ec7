import { onTestFinished } from 'vitest'

/** The server that is starting, once it runs; it is stopped when the test ends, however that is. */
export async function running<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting
  onTestFinished(() => server.stop())
  return server
}
