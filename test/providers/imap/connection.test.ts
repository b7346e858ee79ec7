import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Source } from '../../../src/core/source.ts'
import { imap } from '../../../src/providers/imap/provider.ts'
import { createCertificates } from '../../servers/certificates.ts'
import { dovecotMissing, startDovecot } from '../../servers/dovecot.ts'
import type { Trouble } from '../../servers/imap-proxy.ts'
import { all, fetchAll, folder, list, message, never, openSource, startWith } from './account.ts'

const missing = dovecotMissing()
const title = missing ? ` (${missing})` : ''

const start = (trouble: Trouble = {}, messages = [message('one'), message('two')]) => startWith(messages, trouble)

function open(...args: Parameters<typeof openSource>) {
  const opened = openSource(...args)
  onTestFinished(() => opened.source.close())
  return opened
}

const paths = async (source: Source) => (await all(source.collections(never))).map(({ path }) => path.join('/'))

describe.skipIf(missing)(`signing in${title}`, () => {
  test('works over TLS and over STARTTLS with a certificate authority of one’s own', async () => {
    const { dovecot } = await start()
    const { host, port, tlsPort, ca } = dovecot
    expect(await paths(open(dovecot, { host, port: tlsPort }, { security: 'tls', ca }).source)).toEqual(['Inbox'])
    expect(await paths(open(dovecot, { host, port }, { security: 'starttls', ca }).source)).toEqual(['Inbox'])
  })

  test.each(['tls', 'starttls'])(
    'over %s is refused where nobody vouches for the certificate, and tried once',
    async (security) => {
      const { dovecot, proxy } = await start()
      const port = security === 'tls' ? dovecot.tlsPort : proxy.port
      const { source } = open(dovecot, { host: dovecot.host, port }, { security })
      await expect(paths(source)).rejects.toMatchObject({ code: 'suspicious', message: /certificate/ })
      expect(proxy.connections).toBe(security === 'tls' ? 0 : 1)
    },
  )

  test('over TLS is refused where the certificate is for another name', async () => {
    const certificates = createCertificates()
    const issued = certificates.issue({ names: ['elsewhere.example.org'] })
    const dovecot = await startDovecot({ config: `ssl_cert = <${issued.certFile}\nssl_key = <${issued.keyFile}` })
    onTestFinished(() => certificates.remove())
    onTestFinished(() => dovecot.stop())
    const { source } = open(dovecot, { host: dovecot.host, port: dovecot.tlsPort }, { security: 'tls', ca: certificates.caFile })
    await expect(paths(source)).rejects.toMatchObject({ code: 'suspicious', message: /certificate/ })
  })

  test('never falls back to plain text: without STARTTLS no password is sent', async () => {
    const { dovecot, proxy } = await start({ hide: ['STARTTLS'] })
    const { source } = open(dovecot, proxy, { security: 'starttls', ca: dovecot.ca })
    await expect(paths(source)).rejects.toMatchObject({ code: 'suspicious', message: /no encryption/ })
    expect(proxy.commands.filter((command) => /AUTHENTICATE|LOGIN/.test(command))).toEqual([])
  })

  test('with a wrong password is tried once in all, and the server’s words are told', async () => {
    const { dovecot, proxy } = await start()
    const { source } = open({ user: dovecot.user, password: 'wrong horse' }, proxy)
    for (let n = 0; n < 3; n++) {
      await expect(paths(source)).rejects.toMatchObject({ code: 'auth', message: /Authentication failed/ })
    }
    expect(proxy.commands.filter((command) => command.startsWith('AUTHENTICATE'))).toHaveLength(1)
  })

  test('never repeats the password, even if the server does', async () => {
    const { dovecot, proxy } = await start({
      hide: ['AUTH=PLAIN', 'AUTH=LOGIN'],
      answer: (command) => (command.startsWith('LOGIN') ? `BAD cannot parse: ${command}` : null),
    })
    const error = await paths(open(dovecot, proxy).source).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'auth', message: /cannot parse.*\(hidden\)/ })
    expect(`${JSON.stringify(error)}${(error as Error).stack}${String((error as Error).cause)}`).not.toContain(dovecot.password)
  })

  test('waits where the server is busy', async () => {
    const { dovecot, proxy } = await start()
    let busy = 2
    proxy.trouble.answer = (command) => (command.startsWith('AUTHENTICATE') && busy-- > 0 ? 'NO [UNAVAILABLE] later' : null)
    expect(await paths(open(dovecot, proxy).source)).toEqual(['Inbox'])
  })

  test('needs a stored password', async () => {
    const { dovecot, proxy } = await start()
    await expect(paths(open({ user: dovecot.user, password: '' }, proxy).source)).rejects.toMatchObject({ code: 'auth' })
    expect(proxy.connections).toBe(0)
  })
})

describe.skipIf(missing)(`connections${title}`, () => {
  const messages = Array.from({ length: 60 }, (_, n) => message(`m${n}`, 'z'.repeat(200_000)))

  async function readInParallel(trouble: Trouble, times = 3) {
    const { dovecot, proxy } = await start(trouble, messages)
    const { source, warnings } = open(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    const share = Math.ceil(items.length / times)
    const parts = Array.from({ length: times }, (_, n) => items.slice(n * share, (n + 1) * share))
    const answers = await Promise.all(parts.map((part) => fetchAll(source, inbox, part)))
    const count = answers.reduce((sum, { contents }) => sum + contents.size, 0)
    return { count, proxy, source, warnings }
  }

  test('are opened as they are needed, and never more than allowed', async () => {
    const { count, proxy } = await readInParallel({ delay: 20 }, 6)
    expect([count, proxy.mostAtOnce, proxy.connections]).toEqual([60, 3, 3])
  })

  test('are not opened for work that is done sooner than that', async () => {
    const { dovecot, proxy } = await start({}, messages.slice(0, 1))
    const { source } = open(dovecot, proxy)
    await folder(source, 'Inbox')
    // However long the machine takes: by this clock it is no time.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    onTestFinished(() => clock.mockRestore())
    await Promise.all(Array.from({ length: 3 }, () => folder(source, 'Inbox')))
    expect(proxy.mostAtOnce).toBe(1)
  })

  test('are fewer where the server takes fewer', async () => {
    const { count, source, warnings } = await readInParallel({
      delay: 20,
      refuseConnection: (open) => (open > 1 ? 'Too many connections' : null),
    })
    expect([count, source.concurrency]).toEqual([60, 1])
    expect(warnings).toContain('the server allows fewer connections')
  })

  test('may wait for each other: changes under way hold none', async () => {
    const { dovecot, proxy } = await start({}, messages)
    const { source } = open(dovecot, proxy, { connections: 1 })
    const inbox = await folder(source, 'Inbox')
    let fetched = 0
    for await (const change of source.changes(inbox, null, never)) {
      if (change.kind === 'item') fetched += (await fetchAll(source, inbox, [change.item])).contents.size
    }
    expect([fetched, proxy.connections]).toEqual([60, 1])
  })

  test('are refused clearly where the server takes none', async () => {
    const { dovecot, proxy } = await start({ refuseConnection: () => 'Too many connections from your address' })
    await expect(paths(open(dovecot, proxy).source)).rejects.toMatchObject({ code: 'rate-limit', message: /Too many/ })
  })
})

/** The whole of the vocabulary. EXAMINE instead of SELECT and PEEK instead of BODY[] are what makes it read-only. */
const harmless =
  /^(CAPABILITY|ID \(.*\)|AUTHENTICATE PLAIN|ENABLE [A-Z0-9=+ -]+|NAMESPACE|LIST .*|STATUS .*|EXAMINE .*|(UID )?FETCH [\d:,*]+ .*|LOGOUT)$/

describe.skipIf(missing)(`reading${title}`, () => {
  test.each([[[]], [['QRESYNC']], [['QRESYNC', 'CONDSTORE', 'LIST-STATUS', 'ENABLE']]])(
    'sends not one command that could change anything, and changes nothing (without %j)',
    async (hide) => {
      const { dovecot, proxy } = await start({ hide })
      const admin = await dovecot.admin()
      await admin.append('INBOX', message('three'), ['$Work'])
      const flags = async () => {
        await admin.mailboxOpen('INBOX')
        return (await admin.fetchAll('1:*', { flags: true })).map((one) =>
          [...(one.flags ?? [])].filter((flag) => flag !== '\\Recent'),
        )
      }
      const before = await flags()
      const first = open(dovecot, proxy).source
      const inbox = await folder(first, 'Inbox')
      const { items, cursor } = await list(first, inbox, null)
      await all(first.identify(inbox, items, never))
      await fetchAll(first, inbox, items)
      await first.close()
      await admin.messageDelete('1', { uid: true })
      const second = open(dovecot, proxy).source
      await list(second, await folder(second, 'Inbox'), cursor)
      await second.close()
      expect(proxy.commands.length).toBeGreaterThan(10)
      expect(proxy.commands.filter((command) => !harmless.test(command))).toEqual([])
      expect(proxy.commands.filter((command) => /BODY(?!\.PEEK)/.test(command))).toEqual([])
      expect(await flags()).toEqual(before.slice(1))
    },
  )
})

describe('greetings that lie', () => {
  async function scripted(talk: (socket: Socket) => void): Promise<{ host: string; port: number; server: Server }> {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      talk(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    return { host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0, server }
  }
  const login = { user: 'alice', password: 'wonderland' }

  test('PREAUTH before STARTTLS is refused even if TLS follows', async () => {
    const { dovecot } = missing ? { dovecot: null } : await start()
    const endpoint = await scripted((socket) => {
      socket.write('* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n')
      if (dovecot) {
        const inner = connect(dovecot.port, dovecot.host)
        // Only the real greeting is held back; what the client says goes on once it has come.
        inner.once('data', () => {
          inner.pipe(socket)
          socket.pipe(inner)
        })
        inner.on('error', () => {})
      }
    })
    const { source } = open(login, endpoint, { security: 'starttls', ...(dovecot && { ca: dovecot.ca }) })
    await expect(paths(source)).rejects.toMatchObject({ code: 'suspicious' })
  })

  test('a server that does not greet counts as dead', async () => {
    const endpoint = await scripted(() => {})
    const { source } = open(login, endpoint, { timeout: 0.1 })
    await expect(paths(source)).rejects.toMatchObject({ code: 'network', message: /does not answer/ })
  })

  test('what is no IMAP ends in a clear error', async () => {
    const endpoint = await scripted((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await expect(paths(open(login, endpoint, { timeout: 1 }).source)).rejects.toMatchObject({ code: 'network' })
  })
})

describe('settings', () => {
  const good = { host: 'imap.example.org', user: 'alice' }
  test('that are right pass', () => {
    expect(() => imap.checkSettings(good)).not.toThrow()
    expect(() => imap.checkSettings({ ...good, port: 1143, security: 'starttls', auth: 'xoauth2', connections: 1 })).not.toThrow()
  })

  test.each([
    ['host', { user: 'alice' }],
    ['host', { ...good, host: 'a b' }],
    ['host', { ...good, host: 'x\r\ny' }],
    ['port', { ...good, port: 0 }],
    ['security', { ...good, security: 'maybe' }],
    ['user', { ...good, user: '' }],
    ['user', { ...good, user: 'a\r\nA1 DELETE INBOX' }],
    ['connections', { ...good, connections: 100 }],
  ])('name what is wrong: %s', (name, settings) => {
    expect(() => imap.checkSettings(settings)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(name) }),
    )
  })

  test('a certificate file that is not there is told', async () => {
    const { source } = open({ user: 'a', password: 'b' }, { host: '127.0.0.1', port: 1 }, { security: 'tls', ca: '/nowhere.pem' })
    await expect(paths(source)).rejects.toMatchObject({ code: 'usage', message: /nowhere/ })
    expect(() => readFileSync('/nowhere.pem')).toThrow()
  })
})
