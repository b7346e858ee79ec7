import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { realDisk } from '../../src/vault/disk.ts'
import { carryOut } from '../../src/vault/operations.ts'
import { scratchFolder } from '../fixtures/vaults.ts'

async function folder(files: Readonly<Record<string, string>>) {
  const vault = await scratchFolder()
  const root = join(vault, 'data/alice')
  mkdirSync(join(root, 'Files'), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'Files', name), text)
  const move = (from: string, to: string) => ({ op: 'move', from: `Files/${from}`, to: `Files/${to}` }) as const
  return {
    run: (from: string, to: string, isRepeated: boolean) => carryOut(realDisk, vault, root, [move(from, to)], isRepeated),
    seen: () =>
      Object.fromEntries(
        readdirSync(join(root, 'Files'))
          .sort()
          .map((name) => [name, readFileSync(join(root, 'Files', name), 'utf8')]),
      ),
  }
}

it.each([false, true])('a new file sets aside what somebody put in its place meanwhile (told again: %s)', async (isRepeated) => {
  const vault = await scratchFolder()
  const root = join(vault, 'data/alice')
  mkdirSync(join(root, 'Files'), { recursive: true })
  mkdirSync(join(vault, '.lifeboat-scratch/alice'), { recursive: true })
  writeFileSync(join(vault, '.lifeboat-scratch/alice/1'), 'ours')
  writeFileSync(join(root, 'Files/letter'), 'theirs')
  await carryOut(realDisk, vault, root, [{ op: 'place', staged: '1', path: 'Files/letter', size: 4, sha256: '' }], isRepeated)
  expect(readFileSync(join(root, 'Files/letter'), 'utf8')).toBe('ours')
  expect(readFileSync(join(root, 'Files/letter (found 1)'), 'utf8')).toBe('theirs')
})

describe('a file that gets another name', () => {
  it('has it also where somebody put another there at this moment, which is kept beside it', async () => {
    const { run, seen } = await folder({ letter: 'ours', answer: 'theirs' })
    await run('letter', 'answer', false)
    expect(seen()).toEqual({ answer: 'ours', 'answer (found 1)': 'theirs' })
  })

  it('keeps it when that is repeated after what came to its old name', async () => {
    const { run, seen } = await folder({ letter: 'put there later', answer: 'ours' })
    await run('letter', 'answer', true)
    expect(seen()).toEqual({ answer: 'ours', letter: 'put there later' })
  })
})
