/** What every part of the page may need: the words, and what is around the page. */
import { type ComponentChildren, type Context, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Speech } from './language.ts'

const SpeechContext = createContext<Speech | null>(null)
export const SpeechProvider = SpeechContext.Provider

export function useSpeech(): Speech {
  return useGiven(SpeechContext)
}

/** Of a context that is around every part of the page that asks for it. */
export function useGiven<T>(context: Context<T | null>): T {
  const given = useContext(context)
  if (given === null) throw new Error('A part of the page stands outside of what it needs')
  return given
}

/** What a person can do here and now where something cannot be read; null where the page stands alone on a disk. */
const MendContext = createContext<ComponentChildren>(null)
export const MendProvider = MendContext.Provider

export function useMend(): ComponentChildren {
  return useContext(MendContext)
}
