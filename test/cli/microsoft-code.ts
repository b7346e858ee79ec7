/** The command as a person runs it who signs in to Microsoft on another device. */
import { enterCode } from '../emulators/microsoft/browser.ts'
import type { Microsoft } from '../emulators/microsoft/microsoft.ts'
import { type CommandResult, finished, startLifeboat } from './command.ts'

/** Runs a command that shows codes, and enters each as `person`. */
export async function withMicrosoftCode(
  { ca }: Pick<Microsoft, 'ca'>,
  person: string,
  argv: readonly string[],
  { home, env = {} }: { readonly home: string; readonly env?: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const child = startLifeboat([...argv, '--no-browser'], { home, env: { ...env, BROWSER: '', DISPLAY: '' } })
  let shown = ''
  const entered = new Set<string>()
  child.stderr.on('data', (part: Buffer) => {
    shown += part.toString('utf8')
    for (const [, page = '', code = ''] of shown.matchAll(/(https:\S+)\s+and type this code there: (\S+)\n/g)) {
      if (entered.has(code)) continue
      entered.add(code)
      void enterCode(page, code, ca, { email: person })
    }
  })
  return await finished(child)
}
