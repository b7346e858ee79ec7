import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const project = dirname(dirname(import.meta.dirname))
const files = ['src', 'electron', 'build', 'test', 'assets'].flatMap((top) =>
  readdirSync(join(project, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(project.length + 1)
        .split(sep)
        .join('/'),
    ),
)
const ownDocs = readdirSync(project).filter((name) => name.endsWith('.md'))
const docs = [...ownDocs, ...files.filter((file) => file.endsWith('.md'))]
const code = files.filter((file) => /\.(tsx?|[mc]js|css)$/.test(file))

const lines = (file: string) => readFileSync(join(project, file), 'utf8').split('\n')

/** What is said of the code: whole documents, of the code itself its comments. */
const told = [
  ...docs.map((file) => ({ file, text: lines(file) })),
  ...code.map((file) => ({ file, text: lines(file).filter((line) => /^\s*(\/?\*|\/\/)/.test(line)) })),
]

/** By whole path, from the folder of the document on, or by its end, such as `http/site.ts`. */
function isThere(name: string, from: string): boolean {
  const path = name.replace(/\/$/, '')
  const near = posix.join(posix.dirname(from), path)
  return [...files, ...ownDocs].some((file) => `${file}/`.startsWith(`${near}/`) || `/${file}/`.includes(`/${path}/`))
}

const named = (pattern: RegExp) =>
  told.flatMap(({ file, text }) => text.flatMap((line) => [...line.matchAll(pattern)].map(([, name = '']) => ({ file, name }))))

describe('the documents and comments', () => {
  it('link to files that are there', () => {
    const links = docs.flatMap((file) =>
      [
        ...lines(file)
          .join('\n')
          .matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g),
      ].map(([, link = '']) => ({ file, link })),
    )
    expect(links.length).toBeGreaterThan(5)
    expect(links.filter(({ file, link }) => !existsSync(join(project, dirname(file), link)))).toEqual([])
  })

  it('name files of ours that are there', () => {
    const names = named(/`([\w./-]+\.(?:tsx?|[mc]js|md|css))`/g)
    expect(names.length).toBeGreaterThan(100)
    expect(names.filter(({ file, name }) => !isThere(name, file))).toEqual([])
  })

  it('name folders of ours that are there', () => {
    const names = named(
      /`((?:src|test|build|electron|assets|core|formats|providers|vault|viewer|engine|api|ui|cli)\/(?:[\w.-]+\/)*)`/g,
    )
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter(({ file, name }) => !isThere(name, file))).toEqual([])
  })

  it('name npm scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const names = named(/(?:npm run (?:--silent )?|`(?=bench:|live:))([\w:]+)/g)
    expect(names.map(({ name }) => name)).toContain('demo')
    expect(names.filter(({ name }) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})
