import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificates } from '../../servers/certificates.ts'
import { certificate } from './certificate.ts'

export interface HttpsServer {
  /** `https://127.0.0.1:…` */
  readonly origin: string
  readonly certificates: Certificates
  /** Cuts all connections. */
  stop(): Promise<void>
}

/** `port` 0: a free one. */
export async function startHttps(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HttpsServer> {
  const { certificates, issued } = certificate()
  const { key, cert } = issued
  const server = createServer({ key, cert }, answer)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: taken } = server.address() as AddressInfo
  return {
    origin: `https://127.0.0.1:${taken}`,
    certificates,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
