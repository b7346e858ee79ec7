/** The few words of the tray and the notifications; everything else is said by the screens. */
import { app } from 'electron'

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
    ...{ waiting: 'Waiting for', days: 'days without a backup' },
  },
  de: {
    ...{ tag: 'de-DE', never: 'noch nie', last: 'Sicher bis', next: 'Nächste Sicherung', byHand: 'wenn Sie es sagen' },
    ...{ progress: 'Sicherung läuft …', backUp: 'Jetzt sichern', pause: 'Pause bis morgen', resume: 'Weitermachen' },
    ...{ eject: 'Auswerfen:', open: 'Lifeboat öffnen', quit: 'Beenden', danger: 'Lifeboat braucht Sie jetzt' },
    ...{ attention: 'Lifeboat braucht Sie bald', look: 'Klicken Sie, um zu sehen, was zu tun ist.' },
    unplug: 'Sie können „{name}“ jetzt abziehen.',
    notEjected: '„{name}“ bleibt noch',
    quitAndInstall: 'Beenden und einrichten: Version',
    ...{ waiting: 'Es wird gewartet auf', days: 'Tage ohne Sicherung' },
  },
} as const

export function shellWords(): (typeof words)['en'] | (typeof words)['de'] {
  return app.getLocale().startsWith('de') ? words.de : words.en
}
