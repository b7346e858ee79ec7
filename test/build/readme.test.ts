import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorTexts, exitCodes } from '../../src/core/messages.ts'

const project = dirname(dirname(import.meta.dirname))
const readme = readFileSync(join(project, 'README.md'), 'utf8')

describe('the README', () => {
  it('lists exactly the exit codes that there are', () => {
    const listed = [...readme.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]))
    const used = new Set([...Object.values(exitCodes), ...Object.values(errorTexts).map(({ exitCode }) => exitCode)])
    expect(listed).toEqual([...used].sort((a, b) => a - b))
  })

  it('names only npm scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const named = [...readme.matchAll(/npm (?:run (?:--silent )?([\w:]+)|(test))/g)].map((match) => match[1] ?? match[2] ?? '')
    expect(named).toContain('demo')
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})
