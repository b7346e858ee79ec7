/** What this is, how the files are used with other programs, how the page is used. One text per language, not phrases. */
import { useSpeech } from '../context.tsx'
import { GermanHelp } from './help-de.tsx'
import { EnglishHelp } from './help-en.tsx'

export function HelpScreen() {
  const { language } = useSpeech()
  return <div class="page prose">{language === 'de' ? <GermanHelp /> : <EnglishHelp />}</div>
}
