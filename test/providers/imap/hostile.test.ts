/**
 * What a hostile server can do: fail its own run, with a sentence that a person understands, within seconds and within
 * bounds of memory. Each script is played to the IMAP source in a program of its own, through the provider's front door.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account } from '../../../src/core/account.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { imap } from '../../../src/providers/imap/provider.ts'
import { testContext } from '../../fixtures/memory-account.ts'
import { patience } from '../../fixtures/patience.ts'
import { readVault, runProvider, scratchFolder } from '../../fixtures/vaults.ts'
import { type Certificates, createCertificates, type IssuedCertificate } from '../../servers/certificates.ts'
import { benignFolders, type HostileServer, type Script, startHostileServer } from '../../servers/hostile-imap.ts'
import * as scripts from '../../servers/hostile-scripts.ts'
import type { HostileReport, HostileRequest } from './hostile-client.ts'

const secret = 'canary-3Xb9-password'
const limit = { milliseconds: patience, memory: 64 * 1024 * 1024 } as const
const client = fileURLToPath(new URL('hostile-client.ts', import.meta.url))

let certificates: Certificates
let certificate: IssuedCertificate
let normalMemory = 0

beforeAll(async () => {
  certificates = createCertificates()
  certificate = certificates.issue({ names: ['127.0.0.1'] })
  const { report } = await play(scripts.ordinary)
  expect(report.failures).toEqual([])
  normalMemory = report.peakMemory
})
afterAll(() => certificates.remove())

interface Played {
  readonly report: HostileReport
  readonly commands: readonly string[]
}

async function play(script: Script, settings: JsonObject = {}, twice = false): Promise<Played> {
  const server = await startHostileServer(script, certificate)
  try {
    const report = await run(
      server,
      { security: script.security ?? 'none', timeout: 20, ca: certificates.caFile, ...settings },
      twice,
    )
    return { report, commands: server.commands }
  } finally {
    await server.close()
  }
}

function run(server: HostileServer, settings: JsonObject, twice: boolean): Promise<HostileReport> {
  const request: HostileRequest = { settings: { host: '127.0.0.1', port: server.port, user: 'anna', ...settings }, secret, twice }
  return new Promise((resolve, reject) => {
    const options = { timeout: limit.milliseconds + 5_000, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(process.execPath, [client], options, (error, output, complaints) => {
      if (error) reject(new Error(`The client ended badly (${error.signal ?? error.code}): ${complaints.slice(0, 4_000)}`))
      else resolve(JSON.parse(output) as HostileReport)
    })
    child.stdin?.end(JSON.stringify(request))
  })
}

/** Holds for every run, whatever the server did. */
function expectBounded({ report }: Played): void {
  for (const failure of report.failures) {
    expect(['bug', 'usage'], `${failure.where}: ${failure.stack}`).not.toContain(failure.code)
    expect(failure.message).not.toMatch(/\n\s+at |node:|node_modules|undefined|\[object/)
    expect(failure.message.length).toBeLessThan(500)
    expect(failure.message + failure.stack).not.toContain(secret)
  }
  expect(report.milliseconds).toBeLessThan(limit.milliseconds)
  expect(report.peakMemory - normalMemory, 'memory above a normal run').toBeLessThan(limit.memory)
}

const codes = ({ report }: Played) => [...new Set(report.failures.map((failure) => failure.code))]

/** The benign account's messages as the client must report them. */
const everything: Readonly<Record<string, string>> = Object.fromEntries(
  benignFolders.flatMap((folder) =>
    folder.messages.map((one) => {
      const name = folder.name.replaceAll('"', '')
      return [`${name} ${folder.uidValidity}.${one.uid}`, createHash('sha256').update(one.bytes).digest('hex')]
    }),
  ),
)

/** What was fetched is what the server really holds: no byte of another message under its name. */
function expectNothingFalse({ report }: Played): void {
  for (const [key, hash] of Object.entries(report.fetched)) if (key in everything) expect(hash, key).toBe(everything[key])
}

/** Silence is waited for six times over; a person's settings would make that minutes. */
const impatient: JsonObject = { timeout: 0.7 }

const cases = (group: Readonly<Record<string, Script>>) => Object.entries(group)

describe('a benign server', () => {
  it.each([['none'], ['tls'], ['starttls']] as const)('is read to the last byte with security %s', async (security) => {
    const played = await play({ security })
    expectBounded(played)
    expect(played.report.failures).toEqual([])
    expect(played.report.fetched).toEqual(everything)
  })

  it('is read in the second run without a complaint', async () => {
    const played = await play({}, {}, true)
    expect(played.report.failures).toEqual([])
    expect(played.report.fetched).toEqual(everything)
    expect(played.report.removed).toBe(0)
  })
})

describe('a server that sends too much', () => {
  const tooMuch = { ...scripts.literals, ...scripts.endless, ...scripts.floods, ...scripts.folderFloods }
  it.each(cases(tooMuch))('%s', async (_, script) => {
    const played = await play(script)
    expectBounded(played)
    expectNothingFalse(played)
    expect(codes(played)).toEqual(['suspicious'])
  })

  it('in a few compressed octets', async () => {
    const played = await play(scripts.compressed, { compress: true })
    expectBounded(played)
    expect(played.commands.some((command) => command.startsWith('COMPRESS'))).toBe(true)
    expect(codes(played)).toEqual(['suspicious'])
  })
})

describe('a server that lists what cannot be', () => {
  /** For the scripts that cost something: how many messages are read all the same, and how the others fail. */
  const outcomes: Readonly<Record<string, readonly [fetched: number, ...codes: string[]]>> = {
    'only bodies of UIDs that were not asked for': [0, 'not-found'],
    'a body without a UID': [0, 'not-found'],
    'bodies that are NIL': [0, 'not-found'],
    'a hundred thousand flags on one message': [3, 'suspicious'],
    'a flag of a megabyte': [3, 'suspicious'],
    'a negative number of messages': [3, 'unsupported'],
    'no UIDVALIDITY': [3, 'unsupported'],
  }

  it.each(cases({ ...scripts.strangeMessages, ...scripts.strangeCounts }))('%s', async (name, script) => {
    const played = await play(script)
    const [fetched, ...failures] = outcomes[name] ?? [8]
    expectBounded(played)
    expectNothingFalse(played)
    expect(codes(played)).toEqual(failures)
    expect(Object.keys(played.report.fetched)).toHaveLength(fetched)
  })

  it.each(cases(scripts.contradictions))('%s: the one of the stated size counts', async (_, script) => {
    const played = await play(script)
    expectBounded(played)
    expect(played.report.failures).toEqual([])
    expect(played.report.fetched).toEqual(everything)
  })

  it('two bodies for one message, neither of the stated size: that message fails and the others are read', async () => {
    const played = await play(scripts.twoLies)
    expectBounded(played)
    expectNothingFalse(played)
    expect(played.report.failures.map((failure) => [failure.where, failure.code])).toEqual([['message', 'suspicious']])
    expect(Object.keys(played.report.fetched)).toHaveLength(7)
  })

  it.each(cases(scripts.strangeHistory))('in the second run: %s', async (_, script) => {
    const played = await play(script, {}, true)
    expectBounded(played)
    expect(played.report.failures).toEqual([])
    expect(played.report.fetched).toEqual(everything)
    expect(played.report.removed, 'no more removals than there were messages and gaps').toBeLessThan(100)
  })
})

describe('a server that names folders', () => {
  it.each(cases(scripts.strangeNames))('%s', async (name, script) => {
    const played = await play(script)
    expectBounded(played)
    expectNothingFalse(played)
    if (name === 'a name of a megabyte') return expect(codes(played)).toEqual(['suspicious'])
    expect(played.report.failures).toEqual([])
    expect(played.report.paths).toEqual(expect.arrayContaining([['Inbox'], ['Archive']]))
    for (const path of played.report.paths) {
      expect(path.length).toBeGreaterThan(0)
      for (const level of path) expect(level).not.toBe('')
    }
    expect(played.commands.filter((command) => /[\0\r\n]|LOGOUT ./.test(command))).toEqual([])
  })
})

describe('a backup of folders with harmful names', () => {
  it('saves every message and writes nothing outside the folder of the account', async () => {
    const parent = await scratchFolder()
    const server = await startHostileServer(scripts.harmfulFolders, certificate)
    const settings = { host: '127.0.0.1', port: server.port, user: 'anna', security: 'none' }
    const account: Account = { id: 'anna', provider: 'imap', services: ['mail'], settings }
    const vault = join(parent, 'vault')
    const context = { ...testContext, secret: async () => secret }
    const report = await runProvider(vault, account, imap, { context })
    await server.close()
    expect(report.accounts.flatMap((one) => one.collections.filter((folder) => folder.failure ?? folder.skipped))).toEqual([])

    const folders = scripts.harmfulFolders.folders ?? []
    const sent = folders.flatMap((folder) => folder.messages.map((one) => createHash('sha256').update(one.bytes).digest('hex')))
    const saved = Object.values((await readVault(vault, 'anna')).live).flat()
    expect(saved.toSorted()).toEqual(sent.toSorted())

    const written = await readdir(parent, { recursive: true })
    const ours = /^vault(\.cache)?$|^vault\/(data(\/anna(\/(Mail|Journal)(\/.*)?)?)?|[^/]+)$|^vault\.cache\//
    expect(written.filter((path) => !ours.test(path))).toEqual([])
    expect(written.filter((path) => /\p{Cc}/u.test(path) || path.split('/').includes('..'))).toEqual([])
    expect(written.length).toBeGreaterThan(folders.length)
  })
})

describe.concurrent('a server that is silent, slow or gone', () => {
  it.each(cases({ ...scripts.silent, ...scripts.slow }))('%s', async (_, script) => {
    const played = await play(script, impatient)
    expectBounded(played)
    expect(codes(played)).toEqual(['network'])
  })

  it.each(cases(scripts.goodbyes))('%s', async (_, script) => {
    const played = await play(script, impatient)
    expectBounded(played)
    expect(codes(played)).toEqual(['network'])
  })
})

describe.concurrent('a server that does not speak IMAP', () => {
  const outcomes: Readonly<Record<string, readonly string[]>> = {
    'a web server': ['network'],
    'another mail server': ['network'],
    'answers with tags that were never given': ['network'],
    'a tagged answer before its command': [],
    'BAD for everything': ['auth'],
    'NO for everything after the sign-in': ['unsupported'],
  }

  it.each(cases(scripts.broken))('%s', async (name, script) => {
    const expected = outcomes[name] ?? ['suspicious']
    const played = await play(script, expected.includes('network') ? impatient : {})
    expectBounded(played)
    expectNothingFalse(played)
    expect(codes(played)).toEqual(expected)
  })
})

describe('a server or somebody on the way that is after the password', () => {
  it.each(cases(scripts.encryption))('%s', async (_, script) => {
    const played = await play(script, { security: 'starttls' })
    expectBounded(played)
    expect(played.report.failures.length).toBeGreaterThan(0)
    expect(played.report.collections).toBe(0)
    expect(played.commands.filter((command) => /^(LOGIN|AUTHENTICATE|LIST|EXAMINE)/.test(command))).toEqual([])
  })

  it.each([
    ['is for another name', () => certificates.issue({ names: ['other.example'] })],
    ['has expired', () => certificates.issue({ names: ['127.0.0.1'], days: -1 })],
    ['is signed by itself', () => certificates.issue({ names: ['127.0.0.1'], selfSigned: true })],
  ])('whose certificate %s', async (_, issue) => {
    for (const security of ['tls', 'starttls'] as const) {
      const server = await startHostileServer({ security }, issue())
      const report = await run(server, { security, timeout: 20, ca: certificates.caFile }, false)
      await server.close()
      expect(report.failures.map((failure) => failure.code)).toEqual(['suspicious'])
      expect(server.commands.filter((command) => /^(LOGIN|AUTHENTICATE)/.test(command))).toEqual([])
    }
  })

  it('repeats the password in its refusal and does not get it into the error', async () => {
    const played = await play(scripts.echo)
    expectBounded(played)
    expect(codes(played)).toEqual(['auth'])
    expect(JSON.stringify(played.report)).not.toContain(secret)
    expect(JSON.stringify(played.report)).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12))
  })
})
