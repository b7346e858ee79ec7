/** What the program says in English is read in German: nothing is missing of what every person meets, and nothing is out of date. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { failureSentences } from '../../src/core/sentences/german-failures.ts'
import { presetSentences } from '../../src/core/sentences/german-presets.ts'
import { reasonSentences } from '../../src/core/sentences/german-reasons.ts'
import { workSentences } from '../../src/core/sentences/german-work.ts'
import { inWindow, sentenceIn } from '../../src/core/sentences.ts'
import { presets as davPresets } from '../../src/providers/dav/preset-table.ts'
import { presets as mailPresets } from '../../src/providers/imap/preset-table.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))

it('every step, limit and refusal of every provider is told in German', () => {
  const said = [...mailPresets, ...davPresets].flatMap(({ steps, note, unsupported }) => [...steps, note, unsupported])
  const sentences = [...new Set(said.filter((sentence) => sentence !== undefined))]
  expect(sentences.length).toBeGreaterThan(40)
  expect(sentences.filter((sentence) => sentenceIn('de', sentence).language !== 'de')).toEqual([])
  expect(Object.keys(presetSentences).filter((sentence) => !sentences.includes(sentence))).toEqual([])
})

it('everything that a drill finds is told in German', () => {
  const files = ['compare', 'provider', 'readback', 'record', 'rehearsal'].map((part) =>
    join(source, 'engine', `drill-${part}.ts`),
  )
  const texts = files.map((file) => readFileSync(file, 'utf8').replaceAll(/^ *(?:\/?\*|\/\/).*$/gm, ''))
  const written = texts.flatMap((text) => [...text.matchAll(/'([A-Z][^'\n]* [^'\n]*[.:])'|`([^`]* [^`]*\.)`/g)])
  const sentences = written.map(([, plain, made = '']) => plain ?? made.replaceAll(/\$\{[^{}]*\}/g, '3'))
  expect(sentences.length).toBeGreaterThan(15)
  expect(sentences.filter((sentence) => sentenceIn('de', sentence).language !== 'de')).toEqual([])
})

it('every sentence has its own German one, also where a wider one would fit', () => {
  for (const [english, german] of Object.entries({ ...workSentences, ...failureSentences, ...reasonSentences }))
    expect(sentenceIn('de', english.replaceAll('{}', 'Foo')).text).toBe(german.replaceAll(/\{\d\}/g, 'Foo'))
})

it('what differs stands at its place in the German sentence', () => {
  expect(sentenceIn('de', 'mail.example.org can be reached on port 993.').text).toBe(
    'mail.example.org ist am Port 993 erreichbar.',
  )
  expect(sentenceIn('de', 'Left out of the backup: The server did not send it.').text).toBe(
    'Von der Sicherung ausgelassen: Der Server schickte es nicht.',
  )
  expect(sentenceIn('de', 'a.example does not permit this (HTTP 403). It says: This file is locked.').text).toBe(
    'a.example erlaubt das nicht (HTTP 403). Er sagt: This file is locked.',
  )
  expect(sentenceIn('de', 'Google asks to slow down. Try again.')).toEqual({
    text: 'Google bittet, langsamer zu machen. Versuchen Sie es noch einmal.',
    language: 'de',
  })
})

it('a window names no command, and no vault but where that is somebody’s own word', () => {
  const said = 'a: the journal of run 1 is damaged. Check the disk (lifeboat verify).'
  expect(inWindow(said)).toBe('a: the journal of run 1 is damaged. Check the disk.')
  expect(inWindow('It has exited (code 1).')).toBe('It has exited (code 1).')
  expect(inWindow('The vault holds nothing of it. What is in your vault is safe.')).toBe(
    'The disk holds nothing of it. What is on your disk is safe.',
  )
  expect(inWindow('There is no vault in /media/Family vault.')).toBe('There is no backup in /media/Family vault.')
})

it('what is not known stays as it came, and says in which language it is', () => {
  const sentence = 'Something that only a server says.'
  expect(sentenceIn('de', sentence)).toEqual({ text: sentence, language: 'en' })
  expect(sentenceIn('de', `Google asks to slow down. ${sentence}`).language).toBe('en')
  expect(sentenceIn('en', 'Google asks to slow down.')).toEqual({ text: 'Google asks to slow down.', language: 'en' })
})

it('every sentence is still said by the program in these words, and keeps in German what differs', () => {
  const own = join(source, 'core', 'sentences')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).map((name) => join(source, name))
  const texts = files
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith(own))
    .map((file) => readFileSync(file, 'utf8').replaceAll("\\'", "'"))
  const isSaid = (sentence: string) => {
    const parts = sentence.split('{}').filter((part) => part.trim().length > 3)
    return texts.some((text) => parts.every((part) => text.includes(part)))
  }
  const all = Object.entries({ ...workSentences, ...failureSentences, ...reasonSentences })
  expect(all.map(([english]) => english).filter((english) => !isSaid(english))).toEqual([])
  const places = (german: string) => [...new Set(german.match(/\{\d\}/g))].length
  expect(all.filter(([english, german]) => places(german) > english.split('{}').length - 1)).toEqual([])
  expect(all.filter(([, german]) => /lifeboat |[Tt]resor/.test(german))).toEqual([])
})
