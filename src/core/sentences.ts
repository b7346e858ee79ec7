/**
 * The program says what happened in English sentences, which reports and proofs keep as they are. Here a person reads them in
 * their own language, as far as they are known; what a server said stays as it came.
 */
import { drillSentences } from './sentences/german-drill.ts'
import { failureSentences } from './sentences/german-failures.ts'
import { presetSentences } from './sentences/german-presets.ts'
import { reasonSentences } from './sentences/german-reasons.ts'
import { workSentences } from './sentences/german-work.ts'

export type SentenceLanguage = 'en' | 'de'

export interface Said {
  readonly text: string
  /** Of `text`. */
  readonly language: SentenceLanguage
}

type Pattern = readonly [pattern: RegExp, translate: (...found: string[]) => string]

/** Made when it is first needed: who reads English never does. */
let patterns: readonly Pattern[] | null = null

function allPatterns(): readonly Pattern[] {
  patterns ??= [
    ...drillSentences,
    ...Object.entries({ ...workSentences, ...failureSentences, ...reasonSentences })
      // The one that says most of it is meant: "The file {} is gone" before "{} is gone".
      .toSorted(([a], [b]) => fixedLength(b) - fixedLength(a))
      .map(([english, german]): Pattern => [patternOf(english), filling(german)]),
  ]
  return patterns
}

function fixedLength(english: string): number {
  return english.replaceAll('{}', '').length
}

/** `{}` stands for anything. */
function patternOf(english: string): RegExp {
  const parts = english.split('{}').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('([\\s\\S]+?)')}$`)
}

function filling(german: string): (...found: string[]) => string {
  return (...found) => german.replaceAll(/\{(\d)\}/g, (_, at: string) => found[Number(at) - 1] ?? '')
}

/** Null where the sentence is not known. */
function germanOf(sentence: string): string | null {
  const preset = presetSentences[sentence]
  if (preset !== undefined) return preset
  const [, own, server] = /^([\s\S]+?\.) It says: ([\s\S]+)$/.exec(sentence) ?? []
  if (own !== undefined && server !== undefined) {
    const told = germanOf(own)
    return told === null ? null : `${told} Er sagt: ${server}`
  }
  for (const [pattern, translate] of allPatterns()) {
    const found = pattern.exec(sentence)
    if (found !== null) return translate(...found.slice(1).map((part) => germanOf(part) ?? part))
  }
  return null
}

/**
 * As a window says it. Commands stand in parentheses, for who sits at a terminal; a window has buttons. And what the terminal calls
 * a vault is a disk there, or the backup on it; names and places that hold the word stay.
 */
export function inWindow(text: string): string {
  return text
    .replaceAll(/ \(lifeboat [^)]*\)/g, '')
    .replaceAll(/\bin (the|this|your) vault\b/g, 'on $1 disk')
    .replaceAll(/\b(the|this|your) vault\b/gi, '$1 disk')
    .replaceAll(/\b(a|no|another) vault\b/gi, '$1 backup')
}

/** Several sentences in one text are translated if all of them are known. */
export function sentenceIn(language: SentenceLanguage, sentence: string): Said {
  if (language === 'en') return { text: sentence, language }
  const parts = sentence.split(/(?<=[.!?]) (?=[A-Z])/).map(germanOf)
  const translated = germanOf(sentence) ?? (parts.includes(null) ? null : parts.join(' '))
  return translated === null ? { text: sentence, language: 'en' } : { text: translated, language }
}
