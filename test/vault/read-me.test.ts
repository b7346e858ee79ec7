/** The text that lies on the disk for people: it names only what there is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { words } from '../../src/ui/words.ts'
import { readMeText } from '../../src/vault/read-me.ts'

const format = readFileSync(join(import.meta.dirname, '../../src/vault/FORMAT.md'), 'utf8')

describe('READ ME FIRST.txt', () => {
  it('calls screens and buttons as the app does, in both languages', () => {
    const notOfTheApp = ['data', 'History', 'Local Folders', 'this folder']
    const quoted = [...readMeText.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name.replace(/\s+/g, ' '))
    const ofTheApp = quoted.filter((name) => !notOfTheApp.includes(name))
    expect(ofTheApp.length).toBeGreaterThanOrEqual(5)
    const known: readonly unknown[] = Object.values(words).flatMap(({ en, de }) => [en, de])
    expect(ofTheApp.filter((name) => !known.includes(name))).toEqual([])
  })

  it('names only places that the description of the format has', () => {
    const places = [...readMeText.matchAll(/data\/<account>\/([\w/.]+?)\/?(?=[<\s])/g)].map(([, place = '']) => place)
    expect(places.length).toBeGreaterThan(8)
    expect(places.filter((place) => !format.includes(`    ${place}`))).toEqual([])
  })

  it('fits into a small window', () => {
    expect(readMeText.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})
