import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Discovered, type DiscoveryNetwork, discover, greetsOverTls } from '../../../src/providers/imap/discovery.ts'
import type { SrvRecord } from '../../../src/providers/shared/discovery.ts'
import { patience } from '../../fixtures/patience.ts'
import { type Certificates, createCertificates } from '../../servers/certificates.ts'

const nothing: DiscoveryNetwork = {
  resolveSrv: () => Promise.reject(new Error('ENODATA')),
  resolveMx: () => Promise.reject(new Error('ENODATA')),
  fetch: () => Promise.reject(new Error('ECONNREFUSED')),
  greets: () => Promise.resolve(false),
}

const mx = (...exchanges: readonly string[]): Partial<DiscoveryNetwork> => ({
  resolveMx: async () => exchanges.map((exchange, index) => ({ exchange, priority: index })),
})

const srv = (records: Readonly<Record<string, readonly SrvRecord[]>>): Partial<DiscoveryNetwork> => ({
  resolveSrv: async (name) => records[name] ?? [],
})

const find = (address: string, network: Partial<DiscoveryNetwork> = {}) => discover(address, { ...nothing, ...network })

function server(found: Discovered | null) {
  return found?.kind === 'server' ? found : null
}

describe('discovery by provider', () => {
  it('answers for a known provider without a look at the network', async () => {
    const network = { ...nothing, resolveMx: () => Promise.reject(new Error('not to be asked')) }
    expect(await discover('anna@icloud.com', network)).toMatchObject({ via: 'preset', host: 'imap.mail.me.com', user: 'anna' })
  })

  it("recognises Google, Fastmail and Zoho by the mail exchanger of a domain of one's own", async () => {
    expect(await find('a@firm.example', mx('aspmx.l.google.com'))).toMatchObject({ via: 'mx', host: 'imap.gmail.com' })
    expect(await find('a@firm.example', mx('in2-smtp.messagingengine.com'))).toMatchObject({ host: 'imap.fastmail.com' })
    expect(await find('a@firm.example', mx('mx.zoho.eu'))).toMatchObject({ host: 'imappro.zoho.eu', user: 'a@firm.example' })
  })

  it("asks for the user name where iCloud keeps a domain of one's own", async () => {
    expect(await find('a@firm.example', mx('mx01.mail.icloud.com'))).toMatchObject({ host: 'imap.mail.me.com', user: null })
  })

  it('says that a Microsoft 365 domain needs Microsoft sign-in', async () => {
    const found = await find('a@firm.example', mx('firm-example.mail.protection.outlook.com'))
    expect(found).toMatchObject({ kind: 'unsupported', preset: { id: 'microsoft365' } })
  })

  it('answers nothing for what is no address', async () => {
    for (const address of ['', 'anna', 'anna@', '@firm.example', 'a@[127.0.0.1]', 'a@127.0.0.1', 'a@b c.example']) {
      expect(await find(address), address).toBeNull()
    }
  })
})

describe('discovery by SRV (RFC 6186)', () => {
  it('takes the lowest priority and then the greatest weight', async () => {
    const found = await find(
      'a@firm.example',
      srv({
        '_imaps._tcp.firm.example': [
          { name: 'spare.firm.example', port: 993, priority: 20, weight: 100 },
          { name: 'light.firm.example', port: 993, priority: 10, weight: 1 },
          { name: 'heavy.firm.example', port: 1993, priority: 10, weight: 60 },
        ],
      }),
    )
    expect(found).toMatchObject({ via: 'srv', host: 'heavy.firm.example', port: 1993, security: 'tls', ask: false })
  })

  it('prefers TLS from the start and falls back to STARTTLS', async () => {
    const plain = [{ name: 'mail.firm.example', port: 143, priority: 0, weight: 0 }]
    const off = [{ name: '', port: 0, priority: 0, weight: 0 }]
    const both = srv({
      '_imap._tcp.firm.example': plain,
      '_imaps._tcp.firm.example': [{ name: 'mail.firm.example', port: 993, priority: 5, weight: 0 }],
    })
    expect(await find('a@firm.example', both)).toMatchObject({ port: 993, security: 'tls' })
    const onlyPlain = srv({ '_imap._tcp.firm.example': plain, '_imaps._tcp.firm.example': off })
    expect(await find('a@firm.example', onlyPlain)).toMatchObject({ port: 143, security: 'starttls' })
  })

  it('takes the target "." as "not offered"', async () => {
    const off = [{ name: '', port: 0, priority: 0, weight: 0 }]
    expect(await find('a@firm.example', srv({ '_imap._tcp.firm.example': off, '_imaps._tcp.firm.example': off }))).toBeNull()
  })

  it('asks before a password goes to a server outside the domain', async () => {
    const found = await find(
      'a@firm.example',
      srv({ '_imaps._tcp.firm.example': [{ name: 'imap.evil.example', port: 993, priority: 0, weight: 0 }] }),
    )
    expect(found).toMatchObject({ host: 'imap.evil.example', ask: true })
  })

  it('passes over targets that are no server names', async () => {
    const odd = ['127.0.0.1', 'a b', 'x\r\ny.example', '-', 'localhost'].map((name) => ({
      name,
      port: 993,
      priority: 0,
      weight: 0,
    }))
    const badPort = [{ name: 'mail.firm.example', port: 0, priority: 0, weight: 0 }]
    expect(await find('a@firm.example', srv({ '_imaps._tcp.firm.example': [...odd, ...badPort] }))).toBeNull()
  })

  it('looks international domains up in punycode', async () => {
    const asked: string[] = []
    await find('a@Bücher.example', {
      resolveSrv: async (name) => {
        asked.push(name)
        return []
      },
    })
    expect(asked).toContain('_imaps._tcp.xn--bcher-kva.example')
  })
})

const goodFile = `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1"><emailProvider id="firm.example">
  <domain>firm.example</domain>
  <incomingServer type="pop3"><hostname>pop.firm.example</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
  <incomingServer type="imap"><hostname>plain.firm.example</hostname><port>143</port><socketType>plain</socketType>
    <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></incomingServer>
  <incomingServer type="imap"><hostname>starttls.firm.example</hostname><port>143</port><socketType>STARTTLS</socketType>
    <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></incomingServer>
  <incomingServer type="imap"><hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
    <username>%EMAILLOCALPART%</username><authentication>OAuth2</authentication><authentication>password-cleartext</authentication></incomingServer>
</emailProvider></clientConfig>`

describe('discovery by autoconfig', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  const web = createServer((request, response) => answer(request, response))
  let base = ''

  beforeAll(async () => {
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
  })
  afterAll(() => {
    web.closeAllConnections()
    web.close()
  })

  /** Reaches the local server under every name; only https addresses are let through, as the product must ask for. */
  const viaLocal: Partial<DiscoveryNetwork> = {
    fetch: (url, init) => {
      if (!url.startsWith('https://')) throw new Error(`asked without encryption: ${url}`)
      return fetch(`${base}/${url.slice('https://'.length)}`, init)
    },
  }
  const ask = (address = 'anna@firm.example') => find(address, viaLocal)
  const serve = (body: string, type = 'text/xml') => {
    answer = (_, response) => response.writeHead(200, { 'content-type': type }).end(body)
  }

  it('reads the file of the domain and fills in the placeholders', async () => {
    const asked: string[] = []
    answer = (request, response) => {
      asked.push(request.url ?? '')
      response.end(request.url?.startsWith('/autoconfig.firm.example/') ? goodFile : '')
    }
    expect(await ask()).toMatchObject({
      via: 'autoconfig',
      host: 'imap.firm.example',
      port: 993,
      security: 'tls',
      user: 'anna',
      auth: 'password',
    })
    expect(asked.toSorted()).toEqual([
      '/autoconfig.firm.example/mail/config-v1.1.xml?emailaddress=anna%40firm.example',
      '/firm.example/.well-known/autoconfig/mail/config-v1.1.xml',
    ])
  })

  it('uses the well-known place when the first has none', async () => {
    answer = (request, response) => {
      const isWellKnown = request.url?.includes('/.well-known/') === true
      response.writeHead(isWellKnown ? 200 : 404).end(isWellKnown ? goodFile : 'no')
    }
    expect(await ask()).toMatchObject({ host: 'imap.firm.example' })
  })

  it('never takes a server without encryption', async () => {
    serve(goodFile.replaceAll('>SSL<', '>plain<').replaceAll('>STARTTLS<', '>plain<'))
    expect(await ask()).toBeNull()
  })

  it('says when only a sign-in page will do', async () => {
    serve(goodFile.replaceAll('password-cleartext', 'OAuth2'))
    expect(await ask()).toMatchObject({ auth: 'xoauth2' })
  })

  it('follows a redirect to https and none to http', async () => {
    answer = (request, response) => {
      if (request.url?.startsWith('/other.example/')) response.end(goodFile)
      else response.writeHead(302, { location: 'https://other.example/config.xml' }).end()
    }
    expect(await ask()).toMatchObject({ host: 'imap.firm.example' })
    answer = (request, response) => {
      if (request.url?.startsWith('/other.example/')) response.end(goodFile)
      else response.writeHead(302, { location: 'http://other.example/config.xml' }).end()
    }
    expect(await ask()).toBeNull()
  })

  it('gives up on redirects in a circle', async () => {
    let count = 0
    answer = (_, response) => {
      count++
      response.writeHead(302, { location: '' }).end()
    }
    expect(await ask()).toBeNull()
    expect(count).toBeLessThan(12)
  })

  it('expands no entities and refuses a document type', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, n) => `<!ENTITY a${n} "${`&a${n || ''};`.repeat(10)}">`).join('')}]>`
    serve(bomb + goodFile.replace('imap.%EMAILDOMAIN%', '&a19;'))
    expect(await ask()).toBeNull()
  })

  it.each([
    ['an empty file', ''],
    ['a web page', '<html><body>Welcome</body></html>'],
    ['broken XML', '<clientConfig><emailProvider><incomingServer type="imap"><hostname>'],
    ['deep nesting', '<a>'.repeat(60_000)],
    ['a prototype as a name', '<__proto__><clientConfig/></__proto__><clientConfig><constructor/></clientConfig>'],
    ['an IP address as the server', goodFile.replaceAll(/<hostname>[^<]+/g, '<hostname>127.0.0.1')],
    ['a port out of range', goodFile.replaceAll(/<port>\d+/g, '<port>99999')],
    ['a line break in the server name', goodFile.replaceAll(/<hostname>[^<]+/g, '<hostname>a.example\r\nb')],
  ])('finds nothing in %s', async (_, body) => {
    serve(body)
    expect(await ask()).toBeNull()
  })

  it('stops reading a file that does not end', async () => {
    let sent = 0
    answer = (_, response) => {
      const more = () => {
        if (response.destroyed) return
        sent += 65_536
        if (response.write('<x>'.padEnd(65_536, ' '))) setImmediate(more)
        else response.once('drain', more)
      }
      more()
    }
    expect(await ask()).toBeNull()
    expect(sent).toBeLessThan(64 * 1024 * 1024)
  })
})

describe('discovery by trying', () => {
  let certificates: Certificates
  beforeAll(() => {
    certificates = createCertificates()
  })
  afterAll(() => certificates.remove())

  it('tries imap. and mail. of the domain', async () => {
    expect(server(await find('a@firm.example', { greets: async (host) => host === 'imap.firm.example' }))).toMatchObject({
      via: 'guess',
      host: 'imap.firm.example',
      port: 993,
      security: 'tls',
    })
    expect(await find('a@firm.example', { greets: async (host) => host === 'mail.firm.example' })).toMatchObject({
      host: 'mail.firm.example',
    })
  })

  it('takes only a server that greets as IMAP with a certificate that is valid', async () => {
    const greetWith = async (text: string, ca: string | undefined) => {
      const { key, cert } = certificates.issue({ names: ['localhost'] })
      const tls = createTlsServer({ key, cert }, (socket) => socket.on('error', () => {}).end(text))
      await new Promise<void>((resolve) => tls.listen(0, 'localhost', resolve))
      try {
        return await greetsOverTls('localhost', (tls.address() as AddressInfo).port, AbortSignal.timeout(patience), ca)
      } finally {
        tls.close()
      }
    }
    expect(await greetWith('* OK ready\r\n', certificates.ca)).toBe(true)
    expect(await greetWith('* OK ready\r\n', undefined)).toBe(false)
    expect(await greetWith('220 mail ESMTP\r\n', certificates.ca)).toBe(false)
    expect(await greetWith('', certificates.ca)).toBe(false)
  })
})

describe('a dead network', () => {
  const never = () => new Promise<never>(() => {})
  const dead: DiscoveryNetwork = { resolveSrv: never, resolveMx: never, fetch: never, greets: never }

  it('ends discovery within seconds', async () => {
    const started = performance.now()
    expect(await discover('a@firm.example', dead)).toBeNull()
    expect(performance.now() - started).toBeLessThan(60_000)
  })

  it('can be left at once', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await expect(discover('a@firm.example', dead, stop.signal)).rejects.toThrow('enough')
  })
})
