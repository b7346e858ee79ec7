import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { computerId } from '../../src/api/computer.ts'

it('a computer keeps its random id, is made one anew where it is lost or damaged, and has none where nothing can be kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-computer-'))
  try {
    const config = join(folder, 'config')
    const id = await computerId(config)
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await computerId(config)).toBe(id)
    expect(readFileSync(join(config, 'computer-id'), 'utf8').trim()).toBe(id)
    writeFileSync(join(config, 'computer-id'), '\0\0\0')
    const other = await computerId(config)
    expect(other).toMatch(/^[0-9a-f-]{36}$/)
    expect(other).not.toBe(id)
    writeFileSync(join(folder, 'file'), '')
    expect(await computerId(join(folder, 'file'))).toBeNull()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
