/** What other parts of the program say, in the person's language as far as it is known; what a server said stays as it came. */
import { inWindow, sentenceIn } from '../../core/sentences.ts'
import { useWords } from '../context.tsx'

export interface SaidText {
  readonly text: string
  /** Where it is another language than that of the page. */
  readonly lang: 'en' | undefined
}

export function useSaid(): (sentence: string) => SaidText {
  const { language } = useWords()
  return (sentence) => {
    const said = sentenceIn(language, sentence)
    return { text: inWindow(said.text), lang: said.language === language ? undefined : 'en' }
  }
}

export function Said({ text: sentence }: { readonly text: string }) {
  const { text, lang } = useSaid()(sentence)
  return <span lang={lang}>{text}</span>
}
