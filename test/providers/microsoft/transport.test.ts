import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

it("leaves Node's own undici where it is, with all that a backup loads: a second one would cost 11 MB", () => {
  const place = (name: string) => JSON.stringify(pathToFileURL(`src/providers/microsoft/${name}.ts`).href)
  const code = `
    for (const source of [${['mail', 'contacts', 'calendar', 'onedrive'].map((name) => place(`${name}-source`)).join()}]) await import(source)
    const { headersOf, openTransport, answerOf } = await import(${place('transport')})
    openTransport({}).close()
    console.log(JSON.stringify([headersOf({ a: 'b' }).get('a'), answerOf(599).status, process.moduleLoadList]))`
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const [header, status, loaded] = JSON.parse(told) as [string, number, string[]]
  expect([header, status]).toEqual(['b', 599])
  expect(loaded.filter((name) => name.includes('undici'))).toEqual([])
})
