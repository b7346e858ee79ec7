/** What every part of the page may need: the words, the route, the data. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Speech } from './language.ts'

const SpeechContext = createContext<Speech | null>(null)
export const SpeechProvider = SpeechContext.Provider

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (!speech) throw new Error('No language around this part of the page')
  return speech
}
