/** What every part of the page may need: the words, and what is around the page. */
import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Speech } from './language.ts'

const SpeechContext = createContext<Speech | null>(null)
export const SpeechProvider = SpeechContext.Provider

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (!speech) throw new Error('No language around this part of the page')
  return speech
}

/** What a person can do here and now where something cannot be read; null where the page stands alone on a disk. */
const MendContext = createContext<ComponentChildren>(null)
export const MendProvider = MendContext.Provider

export function useMend(): ComponentChildren {
  return useContext(MendContext)
}
