import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DiskViewerFolder } from '../../src/engine/viewer-folder.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { shardFile, shardId } from '../../src/viewer/format.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { until } from '../fixtures/patience.ts'
import { scratchFolder } from '../fixtures/vaults.ts'
import { exfatMissing, mountExfat } from '../servers/exfat.ts'
import { Built, build, inputOf, put } from './built.ts'

const child = fileURLToPath(new URL('kill-child.ts', import.meta.url))

/** Reads everything; answers how many runs the data covers. @throws where anything cannot be read */
async function covered(path: string): Promise<number> {
  const built = await Built.open(new DiskViewerFolder(realDisk, path))
  const runs = Number(built.manifest.covered['a'])
  const overview = await built.overview()
  const subjects = (await built.mailColumns()).flatMap(({ subject }) => subject)
  const { details } = await built.mail()
  const docs = (await built.events('mail')).flatMap(({ put: { doc } }) => doc)
  await built.shards('mail', 'o', () => 1)
  for (const segment of built.segments('mail'))
    for (let number = 0; number < segment.terms.length; number++)
      await built.load(shardFile(segment, 'i', number), shardId(segment.id, 'i', number))
  expect(overview.runs).toHaveLength(runs)
  expect(subjects).toEqual(Array.from({ length: runs * 5 }, (_, n) => `Number ${n}`))
  expect(docs).toEqual(subjects.map((_, n) => n))
  expect(details.map(({ text }) => text?.trim())).toEqual(subjects.map((_, n) => `Text of ${n}.`))
  return runs
}

/** Kills the writer `times` times at moments that nobody chose; whatever it was doing, the data is good. */
async function survives(path: string, times: number): Promise<void> {
  let reached = 0
  for (let time = 0; time < times; time++) {
    const writer = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, path, String(reached)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let told = reached
    writer.stdout.setEncoding('utf8').on('data', (text: string) => {
      told = Number(text.trim().split('\n').at(-1))
    })
    const wanted = reached + 1 + Math.floor(Math.random() * 3)
    await until(() => told >= wanted, 'the writer to commit')
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 400))
    const ended = once(writer, 'exit')
    writer.kill('SIGKILL')
    await ended
    reached = await covered(path)
    expect(reached).toBeGreaterThanOrEqual(Math.max(told, wanted))
  }
  // What the kills left behind goes with the next commits.
  await build(new DiskViewerFolder(realDisk, path), inputOf([]), true)
  await build(new DiskViewerFolder(realDisk, path), inputOf([[put(0, 'x', Buffer.from('Subject: x\n\n'))]]))
  expect((await readdir(path)).length).toBeLessThan(8)
}

describe('the viewer data after the program was killed', () => {
  it('is good, twelve times', async () => {
    await survives(join(await scratchFolder(), 'viewer'), 12)
  })
})

describeUnless(exfatMissing(), 'on exFAT the viewer data after the program was killed', () => {
  it('is good, six times', async () => {
    const disk = await mountExfat(64)
    try {
      await survives(join(disk.dir, 'viewer'), 6)
    } finally {
      await disk.unmount()
    }
  })
})

describe('a manifest slot that is damaged', () => {
  const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ['cut to half', async (path) => truncate(path, Math.floor((await stat(path)).size / 2))],
    ['emptied', (path) => truncate(path, 0)],
    ['zeroed', async (path) => writeFile(path, Buffer.alloc((await stat(path)).size))],
    [
      'flipped in one bit',
      async (path) => {
        const content = await readFile(path)
        const at = Math.floor(content.length / 2)
        content[at] = (content[at] ?? 0) ^ 4
        await writeFile(path, content)
      },
    ],
  ]

  it.each(damages)('%s leaves the other one, and the next update mends it', async (_, damage) => {
    const path = join(await scratchFolder(), 'viewer')
    const folder = new DiskViewerFolder(realDisk, path)
    const runs = Array.from({ length: 4 }, (_run, run) =>
      Array.from({ length: 5 }, (_message, at) => {
        const n = run * 5 + at
        return put(run, `${n}`, Buffer.from(`Message-ID: <${n}@x>\nSubject: Number ${n}\n\nText of ${n}.\n`))
      }),
    )
    for (let run = 1; run <= 3; run++) await build(folder, inputOf(runs.slice(0, run)))
    expect(await covered(path)).toBe(3)
    await damage(join(path, 'm1.js'))
    expect(await covered(path)).toBe(2)
    await build(folder, inputOf(runs))
    expect(await covered(path)).toBe(4)
    await damage(join(path, 'm1.js'))
    await damage(join(path, 'm0.js'))
    await expect(covered(path)).rejects.toThrow(/no manifest/)
    await build(folder, inputOf(runs))
    expect(await covered(path)).toBe(4)
  })
})
