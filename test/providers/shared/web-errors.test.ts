import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { fromNetwork } from '../../../src/providers/shared/web-errors.ts'
import { createCertificates } from '../../servers/certificates.ts'

describe('what breaks on the way to a provider', () => {
  const certificates = createCertificates()
  afterAll(() => certificates.remove())

  /** What a server with this certificate makes of a request. */
  async function failureOf(request: { days?: number; selfSigned?: boolean; names?: string[] }): Promise<unknown> {
    const { key, cert } = certificates.issue({ names: ['127.0.0.1'], ...request })
    const server = createServer({ key, cert })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      return await new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, ca: certificates.ca, agent: false }, reject).on('error', resolve)
      })
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  }

  it('sends a person to the clock where it is the clock by which a certificate does not hold', async () => {
    expect(fromNetwork(await failureOf({ days: -1 }), 'Google')).toMatchObject({
      code: 'suspicious',
      message: 'By the clock of this computer, the certificate of Google does not hold.',
      advice: expect.stringContaining('Check the date, the time and the time zone'),
    })
  })

  it.each([{ selfSigned: true }, { names: ['example.org'] }])(
    'says that another certificate is not the provider’s: %j',
    async (request) => {
      expect(fromNetwork(await failureOf(request), 'Google')).toMatchObject({
        code: 'suspicious',
        message: expect.stringMatching(/certificate that is not Google's/),
      })
    },
  )
})
