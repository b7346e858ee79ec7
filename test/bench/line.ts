/** A line as people have it at home, in front of a server that needs none: so many octets a second, and a way that takes its time. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface Line {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** @param rate octets a second from the server, all connections together @param way milliseconds there, and as many back */
export async function startLine(
  server: { readonly host: string; readonly port: number },
  rate: number,
  way: number,
): Promise<Line> {
  /** When the line is free again. */
  let free = 0
  const pass = async (from: Socket, into: Socket, pace: (octets: number) => number): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const wait = pace(chunk.length)
      if (wait > 1) await delay(wait)
      // What is on its way does not hold up what follows.
      void delay(way).then(() => into.write(chunk))
    }
    await delay(way)
    into.end()
  }
  const pace = (octets: number): number => {
    free = Math.max(free, performance.now()) + (1000 * octets) / rate
    return free - performance.now()
  }
  const listener = createServer((near) => {
    const far = connect(server.port, server.host)
    const end = () => {
      near.destroy()
      far.destroy()
    }
    near.on('error', end)
    far.on('error', end)
    pass(near, far, () => 0).catch(end)
    pass(far, near, pace).catch(end)
  })
  listener.listen(0, server.host)
  await once(listener, 'listening')
  const address = listener.address()
  return {
    host: server.host,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      listener.close()
      await once(listener, 'close')
    },
  }
}
