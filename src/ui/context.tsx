/** What every screen may need: the words, and how things stand. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Speech } from '../viewer/page/language.ts'
import type { Live } from './live.ts'
import type { WordKey } from './words.ts'

export type Words = Speech<WordKey>

const WordsContext = createContext<Words | null>(null)
export const WordsProvider = WordsContext.Provider

export function useWords(): Words {
  const speech = useContext(WordsContext)
  if (!speech) throw new Error('No words around this part of the page')
  return speech
}

const LiveContext = createContext<Live | null>(null)
export const LiveProvider = LiveContext.Provider

export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('Nothing live around this part of the page')
  return live
}
