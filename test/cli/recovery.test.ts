/** What a person does after a backup: status, drill, goals, documents, a restore, by the command itself. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unnamed } from '../strangers/named.ts'
import { type CommandResult, filesBelow, lifeboat, temporaryFolder } from './command.ts'

const letter = [
  ...['From: Bank <bank@example.com>', 'To: alice@example.com', 'Subject: Statement', 'Message-ID: <1@example.com>'],
  ...['Date: Fri, 31 Jan 2025 12:00:00 +0000', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b', ''],
  ...['--b', 'Content-Type: text/plain', '', 'See there.', '--b', 'Content-Type: application/pdf'],
  ...['Content-Disposition: attachment; filename="statement.pdf"', '', 'a pdf', '--b--', ''],
].join('\r\n')

describe('after a backup', () => {
  const place = temporaryFolder()
  const vault = join(place.path, 'vault')
  const scratch = join(place.path, 'scratch')
  const options = { home: place.path }
  const run = async (...argv: string[]): Promise<CommandResult> => await lifeboat(argv, options)

  beforeAll(async () => {
    const old = join(place.path, 'old')
    mkdirSync(join(old, 'papers'), { recursive: true })
    mkdirSync(scratch)
    writeFileSync(join(old, 'statement.eml'), letter)
    writeFileSync(join(old, 'friends.vcf'), 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Bob\r\nN:;Bob;;;\r\nEND:VCARD\r\n')
    writeFileSync(join(old, 'papers', 'plan.txt'), 'the plan')
    expect(await run('account', 'add', 'archive', '--id', 'old', '--path', old)).toMatchObject({ exitCode: 0 })
    expect(await run('backup', '--vault', vault, '--no-viewer')).toMatchObject({ exitCode: 0 })
  })
  afterAll(() => place[Symbol.dispose]())

  test('status warns until a drill has proven it, and again when something is too old', async () => {
    const before = await run('status', '--vault', vault)
    expect(before).toMatchObject({ exitCode: 16, stdout: expect.stringContaining('Never proven') })
    expect(before.stdout).toMatch(/mail: 1 safe/i)
    expect(before.stdout).toContain('run lifeboat drill')

    const drilled = await run('drill', '--vault', vault, '--scratch', scratch)
    expect(drilled).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Proven: /m) })
    // What was restored for the rehearsal is gone.
    expect(readdirSync(scratch)).toEqual([])
    const proofs = readdirSync(join(vault, 'proofs')).sort()
    expect(proofs).toEqual([expect.stringMatching(/\.html$/), expect.stringMatching(/\.json$/)])
    expect(unnamed(vault)).toEqual([])
    expect(drilled.stdout).toContain(proofs[0])
    expect(readFileSync(join(vault, 'proofs', proofs[0] ?? ''), 'utf8')).toContain('Proven')
    expect(JSON.parse(readFileSync(join(vault, 'proofs', proofs[1] ?? ''), 'utf8'))).toMatchObject({
      verdict: 'proven',
      accounts: [{ account: 'old', goals: { recoverHours: 12, loseDays: 7 }, recoverySeconds: expect.any(Number) }],
    })

    const after = await run('status', '--vault', vault, '--json')
    expect(after.exitCode).toBe(0)
    expect(JSON.parse(after.stdout)).toMatchObject({ stale: false, accounts: [{ lastProof: { verdict: 'proven' } }] })
    for (const tooOld of [
      ['--run-days', '0.0000001'],
      ['--proof-days', '0.0000001'],
    ])
      expect(await run('status', '--vault', vault, ...tooOld)).toMatchObject({
        exitCode: 16,
        stdout: expect.stringContaining('Attention'),
      })
  })

  test('a drill compares with the goals of the account', async () => {
    expect(await run('account', 'goals', 'old', '--recover-hours', '0.0000001', '--lose-days', '0.0000001')).toMatchObject({
      exitCode: 0,
    })
    const missed = await run('drill', '--vault', vault, '--account', 'old', '--sample', '1')
    expect(missed).toMatchObject({ exitCode: 3, stdout: expect.stringMatching(/^Proven with exceptions: /m) })
    expect(missed.stdout).toContain('A full restore takes longer than')
    expect(missed.stdout).toContain('The last good backup is older than')
    expect(await run('account', 'goals', 'old', '--recover-hours', '4', '--lose-days', '1')).toMatchObject({ exitCode: 0 })
    expect((await run('drill', '--vault', vault)).exitCode).toBe(0)
  })

  test('a drill of a damaged vault proves nothing, says what is damaged, and status says so', async () => {
    const [mbox] = filesBelow(join(vault, 'data')).filter(({ path }) => path.endsWith('.mbox'))
    const path = mbox?.path ?? ''
    const whole = readFileSync(path)
    writeFileSync(path, whole.toString('latin1').replace('See there.', 'See here..'), 'latin1')
    const drilled = await run('drill', '--vault', vault)
    expect(drilled).toMatchObject({ exitCode: 17, stdout: expect.stringMatching(/^Not proven: /m) })
    expect(drilled.stdout).toContain('"Statement"')
    expect(await run('status', '--vault', vault)).toMatchObject({
      exitCode: 16,
      stdout: expect.stringContaining('The last drill did not prove it'),
    })
    writeFileSync(path, whole)
  })

  test('documents come out with where they are from, and what cannot be had is named', async () => {
    const out = join(place.path, 'tax')
    const taken = await run('collect', '--vault', vault, '--out', out, '--year', '2025', '--type', 'pdf,txt', '--messages')
    expect(taken.exitCode).toBe(0)
    const files = filesBelow(out).map((file) => file.path.slice(out.length + 1))
    expect(files).toContain('old/Mail/2025/2025-01-31 Bank - statement.pdf')
    expect(files).toContain('contents.csv')
    expect(files.filter((name) => name.endsWith('.eml'))).toHaveLength(1)
    expect(readFileSync(join(out, 'contents.csv'), 'utf8')).toContain('<1@example.com>')
  })
})
