/** Words of the frame, of actions and of what is common to all screens. */
import type { Message } from '../../viewer/page/words/message.ts'

export const shellWords = {
  'nav.label': { en: 'Lifeboat', de: 'Lifeboat' },
  'nav.home': { en: 'Home', de: 'Start' },
  'nav.browse': { en: 'Look inside', de: 'Hineinsehen' },
  'nav.restore': { en: 'Bring back', de: 'Zurückholen' },
  'nav.proof': { en: 'Proof', de: 'Beweis' },
  'nav.collect': { en: 'Documents', de: 'Dokumente' },
  'nav.settings': { en: 'Settings', de: 'Einstellungen' },
  'nav.lockout': { en: 'I’m locked out', de: 'Ich bin ausgesperrt' },
  'nav.progress': { en: 'Progress', de: 'Fortschritt' },
  'nav.begin': { en: 'Begin', de: 'Einrichten' },
  'nav.account': { en: 'Account', de: 'Konto' },
  'nav.missing': { en: 'Not saved yet', de: 'Noch nicht gesichert' },
  'nav.skip': { en: 'Skip to content', de: 'Zum Inhalt springen' },
  'nav.menu': { en: 'Menu', de: 'Menü' },
  'nav.close': { en: 'Close menu', de: 'Menü schließen' },
  'brand.line': { en: 'On your own disk', de: 'In Ihren Händen' },

  'action.back': { en: 'Back', de: 'Zurück' },
  'action.cancel': { en: 'Cancel', de: 'Abbrechen' },
  'action.save': { en: 'Save', de: 'Speichern' },
  'action.again': { en: 'Try again', de: 'Noch einmal versuchen' },
  'action.copied': { en: 'Copied', de: 'Kopiert' },
  'action.remove': { en: 'Remove', de: 'Entfernen' },
  'action.openFolder': { en: 'Open the folder', de: 'Ordner öffnen' },
  'action.choose': { en: 'Choose …', de: 'Auswählen …' },

  'place.archive': { en: 'A copy on this computer', de: 'Eine Kopie auf diesem Computer' },
  'service.mail': { en: 'Mail', de: 'E-Mail' },
  'service.contacts': { en: 'Contacts', de: 'Kontakte' },
  'service.calendar': { en: 'Calendar', de: 'Kalender' },
  'service.files': { en: 'Files', de: 'Dateien' },
  'items.mail': { en: { one: '{n} message', other: '{n} messages' }, de: { one: '{n} Nachricht', other: '{n} Nachrichten' } },
  'items.contacts': { en: { one: '{n} contact', other: '{n} contacts' }, de: { one: '{n} Kontakt', other: '{n} Kontakte' } },
  'items.calendar': { en: { one: '{n} entry', other: '{n} entries' }, de: { one: '{n} Eintrag', other: '{n} Einträge' } },
  'items.files': { en: { one: '{n} file', other: '{n} files' }, de: { one: '{n} Datei', other: '{n} Dateien' } },
  'items.any': { en: { one: '{n} item', other: '{n} items' }, de: { one: '{n} Eintrag', other: '{n} Einträge' } },

  'time.never': { en: 'never', de: 'noch nie' },
  'time.now': { en: 'just now', de: 'gerade eben' },
  'time.minutes': {
    en: { one: '{n} minute ago', other: '{n} minutes ago' },
    de: { one: 'vor {n} Minute', other: 'vor {n} Minuten' },
  },
  'time.hours': { en: { one: '{n} hour ago', other: '{n} hours ago' }, de: { one: 'vor {n} Stunde', other: 'vor {n} Stunden' } },
  'time.days': { en: { one: 'yesterday', other: '{n} days ago' }, de: { one: 'gestern', other: 'vor {n} Tagen' } },
  'span.seconds': { en: 'less than a minute', de: 'weniger als eine Minute' },
  'span.minutes': {
    en: { one: 'about a minute', other: 'about {n} minutes' },
    de: { one: 'etwa eine Minute', other: 'etwa {n} Minuten' },
  },
  'span.hours': {
    en: { one: 'about an hour', other: 'about {n} hours' },
    de: { one: 'etwa eine Stunde', other: 'etwa {n} Stunden' },
  },

  'state.loading': { en: 'One moment …', de: 'Einen Moment …' },
  'state.lost': { en: 'Lifeboat is not running any more', de: 'Lifeboat läuft nicht mehr' },
  'state.lostAdvice': {
    en: 'Nothing is lost. Start Lifeboat again, use the new window, and close this one.',
    de: 'Nichts ist verloren. Starten Sie Lifeboat neu, nehmen Sie das neue Fenster und schließen Sie dieses.',
  },
  'failure.detail': { en: 'What exactly happened', de: 'Was genau geschah (auf Englisch)' },
  'browse.make': { en: 'Prepare the pages now', de: 'Seiten jetzt vorbereiten' },
  'window.newTab': { en: 'opens in a new tab', de: 'öffnet einen neuen Tab' },
} as const satisfies Readonly<Record<string, Message>>
