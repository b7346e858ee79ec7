/**
 * What a hostile server can do: fail its own run, with a sentence that a person understands, within seconds and within
 * bounds of memory. Each script is played to the IMAP source in a program of its own, through the provider's front door.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/types.ts'
import { type Certificates, createCertificates, type IssuedCertificate } from '../../servers/certificates.ts'
import { benignFolders, type HostileServer, type Script, startHostileServer } from '../../servers/hostile-imap.ts'
import * as scripts from '../../servers/hostile-scripts.ts'
import type { HostileReport, HostileRequest } from './hostile-client.ts'

const secret = 'canary-3Xb9-password'
const limit = { milliseconds: 30_000, memory: 64 * 1024 * 1024 } as const
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
}, 60_000)
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
      { security: script.security ?? 'none', timeout: 2, ca: certificates.caFile, ...settings },
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
const impatient: JsonObject = { timeout: 1 }

const cases = (group: Readonly<Record<string, Script>>) => Object.entries(group)
const timeout = limit.milliseconds + 10_000

describe('a benign server', { timeout }, () => {
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

describe('a server that sends too much', { timeout }, () => {
  it.each(cases({ ...scripts.literals, ...scripts.endless, ...scripts.floods }))('%s', async (_, script) => {
    const played = await play(script)
    expectBounded(played)
    expectNothingFalse(played)
  })

  it('in a few compressed octets', async () => {
    const played = await play(scripts.compressed, { compress: true })
    expectBounded(played)
    expect(played.commands.some((command) => command.startsWith('COMPRESS'))).toBe(true)
    expect(codes(played)).toEqual(['suspicious'])
  })

  it.each(cases(scripts.folderFloods))('%s', async (_, script) => {
    const played = await play(script)
    expectBounded(played)
    expect(codes(played)).toEqual(['suspicious'])
    expect(played.report.collections).toBe(0)
  })
})

describe('a server that answers what was not asked', { timeout }, () => {
  it.each(cases(scripts.strangeMessages))('%s', async (_, script) => {
    const played = await play(script)
    expectBounded(played)
    expectNothingFalse(played)
  })

  it.each(cases({ ...scripts.strangeCounts, ...scripts.strangeNames }))('%s', async (_, script) => {
    const played = await play(script)
    expectBounded(played)
    expectNothingFalse(played)
    for (const path of played.report.paths) {
      expect(path.length).toBeGreaterThan(0)
      for (const level of path) expect(level).not.toBe('')
    }
  })

  it.each(cases(scripts.strangeHistory))('in the second run: %s', async (_, script) => {
    const played = await play(script, {}, true)
    expectBounded(played)
    expectNothingFalse(played)
  })
})

describe.concurrent('a server that is silent, slow, broken or gone', { timeout }, () => {
  it.each(cases(scripts.silent))('%s', async (_, script) => {
    const played = await play(script, impatient)
    expectBounded(played)
    expect(played.report.failures.length).toBeGreaterThan(0)
    for (const code of codes(played)) expect(['network']).toContain(code)
  })

  it.each(cases({ ...scripts.slow, ...scripts.broken }))('%s', async (_, script) => {
    const played = await play(script, impatient)
    expectBounded(played)
    expectNothingFalse(played)
  })

  it.each(cases(scripts.goodbyes))('%s', async (_, script) => {
    const played = await play(script)
    expectBounded(played)
    expect(played.report.failures.length).toBeGreaterThan(0)
    for (const code of codes(played)) expect(['network', 'rate-limit']).toContain(code)
  })
})

describe('a server or somebody on the way that is after the password', { timeout }, () => {
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
      const report = await run(server, { security, timeout: 2, ca: certificates.caFile }, false)
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
