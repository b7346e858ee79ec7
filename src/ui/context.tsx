/** What every screen may need: the words, and how things stand. */
import { createContext } from 'preact'
import { useGiven } from '../viewer/page/context.tsx'
import type { Speech } from '../viewer/page/language.ts'
import type { Live } from './live.ts'
import type { WordKey } from './words.ts'

export type Words = Speech<WordKey>

const WordsContext = createContext<Words | null>(null)
export const WordsProvider = WordsContext.Provider

export function useWords(): Words {
  return useGiven(WordsContext)
}

const LiveContext = createContext<Live | null>(null)
export const LiveProvider = LiveContext.Provider

export function useLive(): Live {
  return useGiven(LiveContext)
}
