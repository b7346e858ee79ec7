import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { headerIdentity } from '../../../src/formats/mail-header.ts'
import type { ImapSource } from '../../../src/providers/imap/source.ts'
import { type Dovecot, dovecotMissing } from '../../servers/dovecot.ts'
import type { ImapProxy } from '../../servers/imap-proxy.ts'
import { all, fetchAll, folder, list, message, never, openSource, startWith, uidOf } from './account.ts'

const missing = dovecotMissing()
const title = missing ? ` (${missing})` : ''

function run(dovecot: Dovecot, proxy: ImapProxy, settings = {}): { source: ImapSource; warnings: readonly string[] } {
  const opened = openSource(dovecot, proxy, settings)
  onTestFinished(() => opened.source.close())
  return opened
}

async function pull(source: ImapSource) {
  const inbox = await folder(source, 'Inbox')
  const { items } = await list(source, inbox, null)
  return { inbox, items, ...(await fetchAll(source, inbox, items)) }
}

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const shas = (contents: Iterable<Uint8Array>) => [...contents].map(sha).sort()
const fetches = (proxy: ImapProxy) => proxy.commands.filter((command) => command.includes('BODY.PEEK[]'))

/** A message of about so many octets, no two alike. */
function big(subject: string, octets: number): Buffer {
  const lines = Math.ceil(octets / 80)
  const body = Buffer.alloc(lines * 80, `${'x'.repeat(78)}\r\n`)
  for (let line = 0; line < lines; line += 97) body.write(randomBytes(30).toString('hex'), line * 80)
  return Buffer.concat([message(subject), body])
}

const hundred = Array.from({ length: 100 }, (_, n) => message(`number ${n}`, 'y'.repeat(n * 400)))

describe.skipIf(missing)(`fetching messages${title}`, () => {
  test('gives their exact bytes, in few commands', async () => {
    const { dovecot, proxy } = await startWith(hundred)
    const { contents, errors } = await pull(run(dovecot, proxy).source)
    expect(errors.size).toBe(0)
    expect(shas(contents.values())).toEqual(shas(hundred))
    expect(fetches(proxy).length).toBeLessThanOrEqual(2)
  })

  test('keeps 8-bit bytes, bare line feeds inside lines, empty lines at the end and messages without a body', async () => {
    const odd = [
      Buffer.from([...message('latin'), 0xe4, 0xf6, 0xfc, 0xff, 0x80, 0x0d, 0x0a]),
      Buffer.concat([
        message('raw'),
        randomBytes(2_000).map((byte) => (byte === 0 || byte === 10 || byte === 13 ? 65 : byte)),
        Buffer.from('\r\n'),
      ]),
      Buffer.concat([message('ends'), Buffer.from('\r\n\r\n\r\n')]),
      Buffer.from('Subject: only a header\r\n\r\n'),
      Buffer.concat([message('literal'), Buffer.from('A1 OK {5}\r\n* 1 FETCH (UID 9 BODY[] {3}\r\n)\r\n')]),
    ]
    const { dovecot, proxy } = await startWith(odd)
    const { contents } = await pull(run(dovecot, proxy).source)
    expect(shas(contents.values())).toEqual(shas(odd))
  })

  test('streams a large message in parts, byte for byte', async () => {
    const messages = [big('large', 9_500_000), message('small')]
    const { dovecot, proxy } = await startWith(messages)
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    const large = items.find(({ size = 0 }) => size > 4_194_304)
    let isStreamed = false
    for await (const answer of source.fetch(inbox, items, never)) {
      if (answer.key !== large?.key || !('content' in answer)) continue
      isStreamed = !(answer.content instanceof Uint8Array)
      const hash = createHash('sha256')
      let longest = 0
      for await (const part of answer.content as AsyncIterable<Uint8Array>) {
        hash.update(part)
        longest = Math.max(longest, part.length)
      }
      expect(hash.digest('hex')).toBe(sha(messages[0] ?? Buffer.alloc(0)))
      expect(longest).toBeLessThanOrEqual(1_048_576)
    }
    expect(isStreamed).toBe(true)
  })

  test.each([
    ['small while it is large', 9_000_000, 1_000],
    ['small while it is larger than one part', 3_000_000, 1_000],
    ['large while it is small', 10_000, 20_000_000],
    ['larger than it is by a few bytes', 6_000_000, 6_000_123],
  ])('does not depend on the size that the server states: %s', async (_, real, stated) => {
    const messages = [big('liar', real), message('small')]
    const { dovecot, proxy } = await startWith(messages, {
      rewriteAnswer: (line) => (/FETCH \(UID 1 /.test(line) ? line.replace(/RFC822\.SIZE \d+/, `RFC822.SIZE ${stated}`) : line),
    })
    const { contents, errors } = await pull(run(dovecot, proxy).source)
    expect(errors.size).toBe(0)
    expect(shas(contents.values())).toEqual(shas(messages))
  })

  test('names the one message that the server refuses, with its subject and the server words, and gives all others', async () => {
    const { dovecot, proxy } = await startWith(hundred, { refuseUids: [42] })
    const { contents, errors } = await pull(run(dovecot, proxy).source)
    expect(contents.size).toBe(99)
    const [[key, error] = []] = [...errors]
    expect(uidOf(key ?? '')).toBe(42)
    expect(error?.message).toMatch(/this message is damaged.*subject: number 41/)
    expect(fetches(proxy).length).toBeLessThan(20)
  })

  test('names a large message that the server refuses', async () => {
    const { dovecot, proxy } = await startWith([message('small')], {
      rewriteAnswer: (line) => line.replace(/SIZE \d+/, 'SIZE 9000000'),
    })
    proxy.trouble.answer = (command) => (command.includes('BODY.PEEK[]<') ? 'NO gone bad' : null)
    const { errors } = await pull(run(dovecot, proxy).source)
    expect([...errors.values()][0]?.message).toMatch(/gone bad/)
  })

  test('names a message that went meanwhile', async () => {
    const { dovecot, proxy } = await startWith(hundred.slice(0, 3))
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    const admin = await dovecot.admin()
    await admin.mailboxOpen('INBOX')
    await admin.messageDelete('2', { uid: true })
    const { contents, errors } = await fetchAll(source, inbox, items)
    expect([...contents.keys()].map(uidOf).sort()).toEqual([1, 3])
    expect([...errors].map(([key, { code }]) => [uidOf(key), code])).toEqual([[2, 'not-found']])
  })

  test('answers for a message of an earlier life of the folder with an error', async () => {
    const { dovecot, proxy } = await startWith(hundred.slice(0, 1))
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    const [item] = items
    if (!item) throw new Error('nothing listed')
    const { errors } = await fetchAll(source, inbox, [item, { ...item, key: '7.1' }])
    expect([...errors.values()].map(({ code }) => code)).toEqual(['not-found'])
    await expect(fetchAll(source, inbox, [{ ...item, key: '7.1' }])).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  test('takes no answer for a message that was not asked for, none twice, and none of another kind', async () => {
    const { dovecot, proxy } = await startWith(hundred.slice(0, 3))
    proxy.trouble.inject = (command) =>
      command.includes('BODY.PEEK[]')
        ? ['* 1 FETCH (UID 77 BODY[] "evil")', '* 1 FETCH (FLAGS (\\Seen) UID 1)', '* 1 FETCH (BODY[] "no uid")', '* 9 EXPUNGE']
        : []
    const { contents } = await pull(run(dovecot, proxy).source)
    expect(shas(contents.values())).toEqual(shas(hundred.slice(0, 3)))
  })

  test('takes the better one of two contents for the same message, and neither where none is good', async () => {
    const { dovecot, proxy } = await startWith(hundred.slice(0, 2))
    proxy.trouble.inject = (command) => (command.includes('BODY.PEEK[]') ? ['* 1 FETCH (UID 1 BODY[] "another")'] : [])
    const { contents } = await pull(run(dovecot, proxy).source)
    expect(shas(contents.values())).toEqual(shas(hundred.slice(0, 2)))
    proxy.trouble.inject = (command) =>
      command.includes('BODY.PEEK[]') ? ['* 1 FETCH (UID 1 BODY[] "one")', '* 1 FETCH (UID 1 BODY[] "two")'] : []
    proxy.trouble.answer = (command) => (command.includes('BODY.PEEK[]') ? 'OK done' : null)
    const { errors } = await pull(run(dovecot, proxy).source)
    expect([...errors.values()].map(({ code }) => code)).toEqual(['suspicious', 'not-found'])
  })

  test.each(['NIL', '""', '{0}\r\n'])('says so where the server lists a message and gives no content (%j)', async (nothing) => {
    const { dovecot, proxy } = await startWith(hundred.slice(0, 1))
    proxy.trouble.inject = (command) => (command.includes('BODY.PEEK[]') ? [`* 1 FETCH (UID 1 BODY[] ${nothing})`] : [])
    proxy.trouble.answer = (command) => (command.includes('BODY.PEEK[]') ? 'OK done' : null)
    const { errors } = await pull(run(dovecot, proxy).source)
    expect([...errors.values()][0]?.message).toMatch(/hands out no content/)
  })

  test('an empty answer to an empty question', async () => {
    const { dovecot, proxy } = await startWith([])
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    expect(await all(source.fetch(inbox, [], never))).toEqual([])
  })

  test('stops when the consumer has enough, and the account can still be read', async () => {
    const { dovecot, proxy } = await startWith(Array.from({ length: 20 }, (_, n) => big(`b${n}`, 500_000)))
    const { source } = run(dovecot, proxy, { connections: 1 })
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    for await (const answer of source.fetch(inbox, items, never)) if (answer.key) break
    expect((await fetchAll(source, inbox, items)).contents.size).toBe(20)
  })

  test('stops when it is aborted', async () => {
    const { dovecot, proxy } = await startWith(hundred, { delay: 30 })
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    const controller = new AbortController()
    const reading = (async () => {
      for await (const answer of source.fetch(inbox, items, controller.signal)) if (answer.key) controller.abort()
    })()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe.skipIf(missing)(`identify${title}`, () => {
  test('gives the identity that the whole message has', async () => {
    const { dovecot, proxy } = await startWith([...hundred, Buffer.from('From: nobody\r\n\r\nno id\r\n')])
    const { source } = run(dovecot, proxy)
    const { inbox, items, contents } = await pull(source)
    const found = new Map((await all(source.identify(inbox, items, never))).map((one) => [one.key, one.identities]))
    expect(found.size).toBe(100)
    for (const [key, content] of contents) {
      const identity = headerIdentity(content)
      expect(found.get(key)).toEqual(identity === null ? undefined : [identity])
    }
  })
})

describe.skipIf(missing)(`a server in trouble${title}`, () => {
  test.each([
    ['drops the connection', { drop: { afterOctets: 400_000, times: 3 } }],
    ['says BYE', { bye: { afterOctets: 400_000, times: 3, reason: 'going down' } }],
  ] as const)('that %s in the middle is asked again for the rest only', async (_, trouble) => {
    const { dovecot, proxy } = await startWith(hundred)
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    Object.assign(proxy.trouble, structuredClone(trouble))
    const { contents, errors } = await fetchAll(source, inbox, items)
    expect([errors.size, shas(contents.values())]).toEqual([0, shas(hundred)])
    const asked = fetches(proxy).map((command) => command.split(' ')[2])
    expect(asked.length).toBe(4)
    expect(asked.at(-1)).not.toMatch(/^1:/)
  })

  test('that drops the connection inside a large message goes on inside of it', async () => {
    const messages = [big('large', 9_500_000)]
    const { dovecot, proxy } = await startWith(messages)
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    proxy.trouble.drop = { afterOctets: 3_300_000, times: 2 }
    const { contents } = await fetchAll(source, inbox, items)
    expect(shas(contents.values())).toEqual(shas(messages))
    expect(fetches(proxy).filter((command) => command.includes('<0.'))).toHaveLength(1)
  })

  test('that breaks the connection at one message hands out the others, and that one is named', async () => {
    const { dovecot, proxy } = await startWith(hundred)
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    proxy.trouble.breakUids = [17, 60]
    const { contents, errors } = await fetchAll(source, inbox, items)
    expect(contents.size).toBe(98)
    expect([...errors].map(([key, { code }]) => [uidOf(key), code])).toEqual([
      [17, 'network'],
      [60, 'network'],
    ])
  })

  test.each([
    ['small ones', null],
    ['one of the large ones', 9_000_000],
  ])('that calls one message a bug of its own hands out the others, and that one is named: %s', async (_, size) => {
    const { dovecot, proxy } = await startWith(hundred.slice(0, 30), {
      refuseUids: [7, 21],
      refusal: 'NO [SERVERBUG] Internal error occurred',
      rewriteAnswer: (line) => (size !== null && /FETCH \(UID 7 /.test(line) ? line.replace(/SIZE \d+/, `SIZE ${size}`) : line),
    })
    const { contents, errors } = await pull(run(dovecot, proxy).source)
    expect(contents.size).toBe(28)
    expect([...errors.keys()].map(uidOf).sort((a, b) => a - b)).toEqual([7, 21])
    const reasons = [...errors.values()].map(({ message }) => message)
    for (const reason of reasons) expect(reason).toContain('fails whenever this message is asked for. It says: Internal error')
    expect(reasons.join()).toContain('(subject: number 20)')
  })

  test('that breaks the connection at one large message hands out the others, and that one is named', async () => {
    const { dovecot, proxy } = await startWith(hundred.slice(0, 3), {
      rewriteAnswer: (line) => (/FETCH \(UID [12] /.test(line) ? line.replace(/SIZE \d+/, 'SIZE 9000000') : line),
    })
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    proxy.trouble.breakUids = [1]
    const { contents, errors } = await fetchAll(source, inbox, items)
    expect([...contents.keys()].map(uidOf).sort()).toEqual([2, 3])
    expect([...errors].map(([key, { code }]) => [uidOf(key), code])).toEqual([[1, 'network']])
  })

  test('whose every answer is a bug of its own ends in a clear error', async () => {
    const { dovecot, proxy } = await startWith(hundred)
    proxy.trouble.answer = (command) => (command.includes('BODY.PEEK[]') ? 'NO [SERVERBUG] broken' : null)
    await expect(pull(run(dovecot, proxy).source)).rejects.toMatchObject({ code: 'rate-limit', message: /broken/ })
  })

  test('that keeps dropping connections ends in a clear error', async () => {
    const { dovecot, proxy } = await startWith(hundred)
    const { source } = run(dovecot, proxy)
    const inbox = await folder(source, 'Inbox')
    const { items } = await list(source, inbox, null)
    proxy.trouble.drop = { afterOctets: 1_000, times: 1_000 }
    await expect(fetchAll(source, inbox, items)).rejects.toMatchObject({ code: 'network' })
  })

  test('that falls silent counts as dead after the timeout', async () => {
    const { dovecot, proxy } = await startWith(hundred)
    const { source: patient } = run(dovecot, proxy)
    const inbox = await folder(patient, 'Inbox')
    const { items } = await list(patient, inbox, null)
    const { source } = run(dovecot, proxy, { timeout: 2 })
    proxy.trouble.rewriteCommand = (command) => {
      if (command.includes('BODY.PEEK[]')) proxy.trouble.silent = true
      return command
    }
    await expect(fetchAll(source, inbox, items)).rejects.toMatchObject({ code: 'network', message: /does not answer/ })
  })

  test('that is down ends in a clear error, and works again when it is back', async () => {
    const { dovecot } = await startWith(hundred)
    const { source } = openSource(dovecot, dovecot)
    onTestFinished(() => source.close())
    const inbox = await folder(source, 'Inbox')
    dovecot.kill()
    await expect(list(source, inbox, null)).rejects.toMatchObject({ code: 'network', message: /refuses the connection/ })
    await expect(list(source, inbox, null)).rejects.toMatchObject({ code: 'network' })
    await dovecot.restart()
    expect((await list(openSource(dovecot, dovecot).source, inbox, null)).items).toHaveLength(100)
  })

  test('that asks to slow down is asked again a little later', async () => {
    const { dovecot, proxy } = await startWith(hundred)
    let refusals = 3
    proxy.trouble.answer = (command) => (command.includes('BODY.PEEK[]') && refusals-- > 0 ? 'NO [THROTTLED] slow down' : null)
    const { contents } = await pull(run(dovecot, proxy).source)
    expect(contents.size).toBe(100)
  })

  test('that asks to slow down for good ends in a clear error', async () => {
    const { dovecot, proxy } = await startWith(hundred)
    proxy.trouble.answer = (command) => (command.includes('BODY.PEEK[]') ? 'NO [LIMIT] enough for today' : null)
    await expect(pull(run(dovecot, proxy).source)).rejects.toMatchObject({ code: 'rate-limit', message: /enough for today/ })
  })
})
