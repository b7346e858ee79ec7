import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import type { Session } from '../../src/cli/session.ts'
import { errorTexts, exitCodes } from '../../src/core/messages.ts'

const project = dirname(dirname(import.meta.dirname))
const readme = readFileSync(join(project, 'README.md'), 'utf8')

describe('the README', () => {
  it('lists exactly the exit codes that there are', () => {
    const listed = [...readme.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]))
    const used = new Set([...Object.values(exitCodes), ...Object.values(errorTexts).map(({ exitCode }) => exitCode)])
    expect(listed).toEqual([...used].sort((a, b) => a - b))
  })

  it('calls only commands that there are, with options that they take', () => {
    const program = createProgram({} as Session, () => undefined)
    const lines = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, text = '']) =>
      text.replaceAll(/\\\n\s*/g, '').split('\n'),
    )
    const calls = lines.flatMap((line) => /^(?:.*\| )?(?:npm run --silent lifeboat -- |lifeboat )(.*)$/.exec(line)?.[1] ?? [])
    expect(calls.length).toBeGreaterThan(30)
    // The one that only a checkout has.
    for (const call of calls.filter((each) => each !== 'practice')) {
      const words = call.replaceAll(/"[^"]*"|'[^']*'/g, 'VALUE').split(' ')
      let command = program
      for (const word of words) command = command.commands.find((each) => each.name() === word) ?? command
      const known = command.options.flatMap(({ long, short }) => [long, short])
      expect([call, command.commands.length]).toEqual([call, 0])
      expect(words.filter((word) => word.startsWith('-') && !known.includes(word)).map((word) => `${call}: ${word}`)).toEqual([])
    }
  })

  it('speaks of no option that no command has', () => {
    const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)]
    const known = all(createProgram({} as Session, () => undefined)).flatMap(({ options }) => options.map(({ long }) => long))
    const named = [...readme.matchAll(/`(?:lifeboat [^`]*)?(--[a-z-]+)[^`]*`/g)].map((match) => match[1] ?? '')
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => ![...known, '--help', '--messages'].includes(name))).toEqual([])
  })
})
