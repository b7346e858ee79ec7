import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

it("leaves Node's own undici where it is: a second one would cost 11 MB", () => {
  const transport = pathToFileURL('src/providers/microsoft/transport.ts').href
  const code = `
    const { headersOf, openTransport, answerOf } = await import(${JSON.stringify(transport)})
    openTransport({}).close()
    console.log(JSON.stringify([headersOf({ a: 'b' }).get('a'), answerOf(599).status, process.moduleLoadList]))`
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const [header, status, loaded] = JSON.parse(told) as [string, number, string[]]
  expect([header, status]).toEqual(['b', 599])
  expect(loaded.filter((name) => name.includes('undici'))).toEqual([])
})
