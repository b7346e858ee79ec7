/** The few words of the tray and the notifications; everything else is said by the screens. */
import { app } from 'electron'
import type { Settings } from '../src/api/desktop/contract.ts'
import { inWindow, sentenceIn } from '../src/core/sentences.ts'

const words = {
  en: {
    ...{
      tag: 'en-GB',
      never: 'never',
      last: 'Safe up to',
      next: 'Next backup',
      byHand: 'when you say so',
      progress: 'Backing up …',
    },
    ...{
      backUp: 'Back up now',
      pause: 'Pause until tomorrow',
      resume: 'Go on',
      eject: 'Eject',
      open: 'Open Lifeboat',
      quit: 'Quit',
      unplug: 'You can unplug “{name}” now.',
      notEjected: '“{name}” stays for now',
      quitAndInstall: 'Quit and install version',
    },
    ...{ danger: 'Lifeboat needs you now', attention: 'Lifeboat needs you soon', look: 'Click to see what to do.' },
    waiting: 'Waiting for “{name}”: {n} days without a backup.',
    notBackedUp: '“{name}”: the backup did not begin',
    gone: '{name}: suddenly gone at the provider: {n}. All of it is kept.',
  },
  de: {
    ...{ tag: 'de-DE', never: 'noch nie', last: 'Sicher bis', next: 'Nächste Sicherung', byHand: 'wenn Sie es sagen' },
    ...{ progress: 'Sicherung läuft …', backUp: 'Jetzt sichern', pause: 'Pause bis morgen', resume: 'Weitermachen' },
    ...{ eject: 'Auswerfen:', open: 'Lifeboat öffnen', quit: 'Beenden', danger: 'Lifeboat braucht Sie jetzt' },
    ...{ attention: 'Lifeboat braucht Sie bald', look: 'Klicken Sie, um zu sehen, was zu tun ist.' },
    unplug: 'Sie können „{name}“ jetzt abziehen.',
    notEjected: '„{name}“ bleibt noch',
    quitAndInstall: 'Beenden und einrichten: Version',
    waiting: 'Es wird auf „{name}“ gewartet: {n} Tage ohne Sicherung.',
    notBackedUp: '„{name}“: Die Sicherung begann nicht',
    gone: '{name}: beim Anbieter plötzlich fort: {n}. Alles davon ist bewahrt.',
  },
} as const

/** As the screens speak; where they have not said it yet, as the system does. */
function languageOf({ language }: Pick<Settings, 'language'>): 'en' | 'de' {
  return language ?? (app.getLocale().startsWith('de') ? 'de' : 'en')
}

export function shellWords(settings: Pick<Settings, 'language'>): (typeof words)['en'] | (typeof words)['de'] {
  return words[languageOf(settings)]
}

/** What another part of the program says. */
export function said(sentence: string, settings: Pick<Settings, 'language'>): string {
  return inWindow(sentenceIn(languageOf(settings), sentence).text)
}

export function filled(phrase: string, values: Readonly<Record<string, string | number>>): string {
  return phrase.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}
