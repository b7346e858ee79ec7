import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { collisionKey, decodeName, encodeName } from '../../src/formats/names.ts'
import { corpus, corpusMissing, describeUnless, describeWithCorpus } from '../fixtures/corpus.ts'
import { fromCodePoints, nameList } from '../fixtures/odd-names.ts'
import { type ExfatDisk, exfatMissing, mountExfat } from '../servers/exfat.ts'
import { awkward, expectSafeAndReversible, issueCases, randomNames, siblings } from './awkward-names.ts'

const dataLines = (name: string) => nameList(name).filter((line) => line !== '' && !/^[#@]/.test(line))

/** Every line of the lists of naughty strings and traversals, once. */
function naughtyNames(): string[] {
  const lists = corpus('names').filter((file) => !file.name.startsWith('unicode__'))
  return [...new Set(lists.flatMap((file) => Buffer.from(file.bytes()).toString('utf8').split('\n')))]
}

describeWithCorpus('names of the corpus', () => {
  it('naughty strings and traversals are safe and reversible', () => {
    const names = naughtyNames()
    expect(names.length).toBeGreaterThan(500)
    for (const name of names) expectSafeAndReversible(name)
  })

  it('all forms of the Unicode normalization test are reversible in NFC and share a key', () => {
    const lines = dataLines('unicode__NormalizationTest.txt')
    expect(lines.length).toBeGreaterThan(10_000)
    for (const line of lines) {
      const forms = line.split(';').slice(0, 5).map(fromCodePoints)
      for (const form of forms) {
        const spelling = encodeName(form)
        if (decodeName(spelling) !== form || spelling.normalize('NFC') !== spelling) expectSafeAndReversible(form)
      }
      expect(new Set(forms.map(collisionKey)).size, line).toBe(1)
    }
  })

  it('every pair of Unicode case folding shares a key', () => {
    const lines = dataLines('unicode__CaseFolding.txt')
    expect(lines.length).toBeGreaterThan(1000)
    for (const line of lines) {
      const [from = '', , to = ''] = line.split(';')
      expect(collisionKey(fromCodePoints(from)), line).toBe(collisionKey(fromCodePoints(to)))
    }
  })
})

/** Names made for file systems, as siblings of one folder. */
function folderfull(): string[] {
  return [...new Set([...issueCases, ...awkward, ...naughtyNames(), ...randomNames(300, 5)])]
}

/** Writes each name's number into the file of its spelling; all of them must still be there, under exactly these names. */
function expectTakenBy(dir: string): void {
  const spellings = siblings(folderfull())
  for (const [n, spelling] of spellings.entries()) writeFileSync(join(dir, spelling), String(n), { flag: 'wx' })
  expect(readdirSync(dir).sort()).toEqual(spellings.toSorted())
  for (const [n, spelling] of spellings.entries()) expect(readFileSync(join(dir, spelling), 'utf8'), spelling).toBe(String(n))
}

describeWithCorpus('spellings on the system disk', () => {
  let root = ''
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'names-'))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('are all different files in their folder, and none elsewhere', () => {
    const inner = join(root, 'a', 'b')
    mkdirSync(inner, { recursive: true })
    expectTakenBy(inner)
    expect(readdirSync(root)).toEqual(['a'])
    expect(readdirSync(join(root, 'a'))).toEqual(['b'])
  })
})

describeUnless(corpusMissing() ?? exfatMissing(), 'spellings on an exFAT disk', () => {
  let disk: ExfatDisk
  beforeAll(async () => {
    disk = await mountExfat(32)
  })
  afterAll(() => disk?.unmount())

  it('are all different files in their folder', () => {
    const dir = join(disk.dir, 'data')
    mkdirSync(dir)
    expectTakenBy(dir)
    expect(readdirSync(disk.dir)).toEqual(['data'])
  })
})

const pythonMissing = spawnSync('python3', ['-c', 'import pathlib']).status === 0 ? null : 'no python3'

describeUnless(corpusMissing() ?? pythonMissing, "spellings beside Python's pathlib", () => {
  it('are for Windows one relative component, never a reserved one', () => {
    const script = `
import json, pathlib, sys, warnings
warnings.simplefilter('ignore')
paths = [(name, pathlib.PureWindowsPath(name)) for name in json.load(sys.stdin)]
print(json.dumps([name for name, path in paths if path.is_reserved() or path.parts != (name,)]))`
    const input = JSON.stringify(siblings(folderfull()))
    expect(JSON.parse(execFileSync('python3', ['-c', script], { input, encoding: 'utf8' }))).toEqual([])
  })
})
