/** Words of Home: the verdict, the accounts, the disks. */
import type { Message } from '../../viewer/page/words/message.ts'

export const homeWords = {
  'home.question': { en: 'If you were locked out right now', de: 'Wenn Sie jetzt ausgesperrt würden' },
  'home.looking': { en: 'Looking at your disk …', de: 'Ihr Datenträger wird angesehen …' },

  'verdict.no-account': { en: 'You would lose everything.', de: 'Sie würden alles verlieren.' },
  'verdict.no-account.more': {
    en: 'Nothing is saved yet. It takes about three minutes to change that.',
    de: 'Noch ist nichts gesichert. Das zu ändern dauert etwa drei Minuten.',
  },
  'verdict.only-disk': { en: 'What is on this disk is yours.', de: 'Was auf diesem Datenträger ist, gehört Ihnen.' },
  'verdict.only-disk.more': {
    en: 'You can look at it and bring it back. No account is set up on this computer, so nothing new is saved.',
    de: 'Sie können es ansehen und zurückholen. Auf diesem Computer ist kein Konto eingerichtet, also wird nichts Neues gesichert.',
  },
  'verdict.no-disk': { en: 'You would lose everything.', de: 'Sie würden alles verlieren.' },
  'verdict.no-disk.more': {
    en: 'Your account is set up. What is missing is a disk to keep it on.',
    de: 'Ihr Konto ist eingerichtet. Es fehlt ein Datenträger, auf dem es liegt.',
  },
  'verdict.never-saved': { en: 'You would lose {account}.', de: 'Sie würden {account} verlieren.' },
  'verdict.never-saved.more': {
    en: 'No backup of it has come to its end yet.',
    de: 'Noch keine Sicherung davon kam bis ans Ende.',
  },
  'verdict.locked-out': { en: '{account} is locked. Your copy is safe.', de: '{account} ist gesperrt. Ihre Kopie ist sicher.' },
  'verdict.locked-out.more': {
    en: 'The provider lets nobody in. Everything up to {date} is on your disk and works without it.',
    de: 'Der Anbieter lässt niemanden hinein. Alles bis {date} ist auf Ihrem Datenträger und funktioniert ohne ihn.',
  },
  'verdict.cannot-sign-in': {
    en: 'You would lose what came since {date}.',
    de: 'Sie würden verlieren, was seit {date} kam.',
  },
  'verdict.cannot-sign-in.more': {
    en: 'Lifeboat can no longer sign in to {account}. Sign in again, and it goes on where it stopped.',
    de: 'Lifeboat kann sich bei {account} nicht mehr anmelden. Melden Sie sich neu an, dann geht es weiter, wo es aufhörte.',
  },
  'verdict.last-failed': { en: 'You would lose what came since {date}.', de: 'Sie würden verlieren, was seit {date} kam.' },
  'verdict.last-failed.more': {
    en: 'The last backup of {account} did not come to its end. What was saved before is safe.',
    de: 'Die letzte Sicherung von {account} kam nicht bis ans Ende. Was vorher gesichert wurde, ist sicher.',
  },
  'verdict.clock-wrong': {
    en: 'This computer’s clock seems to be wrong.',
    de: 'Die Uhr dieses Computers geht anscheinend falsch.',
  },
  'verdict.clock-wrong.more': {
    en: 'The last backup lies in the future. Your data is safe; set the clock right, so that backups come in time.',
    de: 'Die letzte Sicherung liegt in der Zukunft. Ihre Daten sind sicher; stellen Sie die Uhr, damit Sicherungen rechtzeitig kommen.',
  },
  'verdict.very-old': {
    en: { one: 'You would lose {n} day.', other: 'You would lose {n} days.' },
    de: { one: 'Sie würden einen Tag verlieren.', other: 'Sie würden {n} Tage verlieren.' },
  },
  'verdict.very-old.more': {
    en: 'The last backup is from {date}. That is too long ago.',
    de: 'Die letzte Sicherung ist vom {date}. Das ist zu lange her.',
  },
  'verdict.damaged': { en: 'Something on “{name}” is damaged.', de: 'Auf „{name}“ ist etwas beschädigt.' },
  'verdict.damaged.more': {
    en: 'A check of the disk found it. Delete nothing: back up once more, which fetches it anew from the provider, and then check the disk again.',
    de: 'Das fand eine Prüfung des Datenträgers. Löschen Sie nichts: Sichern Sie noch einmal, dann wird es neu vom Anbieter geholt, und prüfen Sie den Datenträger danach wieder.',
  },
  'verdict.damaged-for-good': {
    en: 'Something on “{name}” is damaged for good.',
    de: 'Auf „{name}“ ist etwas für immer beschädigt.',
  },
  'verdict.damaged-for-good.more': {
    en: 'The account does not have it any more either, so no backup can fetch it anew. Everything else is safe. A check of the disk names what it is; if you have another copy of this disk, take it from there.',
    de: 'Auch das Konto hat es nicht mehr, also kann es keine Sicherung neu holen. Alles andere ist sicher. Eine Prüfung des Datenträgers nennt, was es ist; haben Sie eine weitere Kopie des Datenträgers, nehmen Sie es von dort.',
  },
  'verdict.old': {
    en: { one: 'You would lose {n} day.', other: 'You would lose {n} days.' },
    de: { one: 'Sie würden einen Tag verlieren.', other: 'Sie würden {n} Tage verlieren.' },
  },
  'verdict.old.more': { en: 'The last backup is from {date}.', de: 'Die letzte Sicherung ist vom {date}.' },
  'verdict.missing-items': {
    en: { one: 'You would lose {n} item.', other: 'You would lose {n} items.' },
    de: { one: 'Sie würden einen Eintrag verlieren.', other: 'Sie würden {n} Einträge verlieren.' },
  },
  'verdict.missing-items.more': {
    en: 'Everything else up to {date} is safe. These could not be saved yet.',
    de: 'Alles andere bis {date} ist sicher. Diese konnten noch nicht gesichert werden.',
  },
  'verdict.suddenly-gone': {
    en: { one: '{n} item is suddenly gone at the provider.', other: '{n} items are suddenly gone at the provider.' },
    de: { one: '{n} Eintrag ist beim Anbieter plötzlich fort.', other: '{n} Einträge sind beim Anbieter plötzlich fort.' },
  },
  'verdict.suddenly-gone.more': {
    en: 'They were in {account}, and all of them are on your disk. Say whether you removed them yourself.',
    de: 'Sie waren in {account}, und alle sind auf Ihrem Datenträger. Sagen Sie, ob Sie sie selbst entfernt haben.',
  },
  'verdict.not-reconciled': {
    en: 'It is not certain that all of it is saved.',
    de: 'Es ist nicht sicher, dass alles gesichert ist.',
  },
  'verdict.not-reconciled.more': {
    en: 'The provider lists more in {account} than could be read. Everything else up to {date} is safe.',
    de: 'Der Anbieter führt in {account} mehr auf, als gelesen werden konnte. Alles andere bis {date} ist sicher.',
  },
  'verdict.outlook': { en: 'You would keep everything up to {date}.', de: 'Sie würden alles bis {date} behalten.' },
  'verdict.outlook.more': {
    en: 'Soon nothing new can be saved of {account}, unless you sign in again.',
    de: 'Bald kann von {account} nichts Neues mehr gesichert werden, außer Sie melden sich neu an.',
  },
  'verdict.not-proven': { en: 'It is not certain that all comes back.', de: 'Es ist nicht sicher, dass alles zurückkommt.' },
  'verdict.not-proven.more': {
    en: 'The last rehearsal found something that did not come back as it was.',
    de: 'Die letzte Probe fand etwas, das nicht zurückkam, wie es war.',
  },
  'verdict.never-proven': { en: 'You would keep everything up to {date}.', de: 'Sie würden alles bis {date} behalten.' },
  'verdict.never-proven.more': {
    en: 'It is saved. Now let Lifeboat show that it really comes back.',
    de: 'Es ist gesichert. Lassen Sie sich nun zeigen, dass es wirklich zurückkommt.',
  },
  'verdict.proof-old': { en: 'You would keep everything up to {date}.', de: 'Sie würden alles bis {date} behalten.' },
  'verdict.proof-old.more': {
    en: {
      one: 'It was last proven {n} day ago. Time to prove it again.',
      other: 'It was last proven {n} days ago. Time to prove it again.',
    },
    de: {
      one: 'Zuletzt bewiesen vor {n} Tag. Zeit, es wieder zu beweisen.',
      other: 'Zuletzt bewiesen vor {n} Tagen. Zeit, es wieder zu beweisen.',
    },
  },
  'verdict.all-well': { en: 'You would lose nothing.', de: 'Sie würden nichts verlieren.' },
  'verdict.all-well.more': {
    en: 'Everything up to {date} is on your disk, and on {proven} it was proven to come back.',
    de: 'Alles bis {date} ist auf Ihrem Datenträger, und am {proven} wurde bewiesen, dass es zurückkommt.',
  },
  'level.good': { en: 'All is well', de: 'Alles ist gut' },
  'level.attention': { en: 'Needs you soon', de: 'Braucht Sie bald' },
  'level.danger': { en: 'Needs you now', de: 'Braucht Sie jetzt' },
  'level.none': { en: 'Not set up yet', de: 'Noch nicht eingerichtet' },

  'next.add-account': { en: 'Add an account', de: 'Konto hinzufügen' },
  'next.choose-disk': { en: 'Choose a disk', de: 'Datenträger wählen' },
  'next.choose-accounts': { en: 'Choose what goes to your disks', de: 'Wählen, was auf Ihre Datenträger kommt' },
  'next.back-up': { en: 'Back up now', de: 'Jetzt sichern' },
  'next.check': { en: 'Check the disk again', de: 'Datenträger noch einmal prüfen' },
  'next.retry': { en: 'Try again now', de: 'Jetzt noch einmal versuchen' },
  'next.plug-in': { en: 'Plug in “{name}”', de: 'Schließen Sie „{name}“ an' },
  'next.plug-in.more': {
    en: 'Lifeboat notices by itself when it is there.',
    de: 'Lifeboat bemerkt von selbst, wenn er da ist.',
  },
  'next.sign-in': { en: 'Sign in again', de: 'Neu anmelden' },
  'next.locked-out': { en: 'What to do now', de: 'Was jetzt zu tun ist' },
  'next.decide': { en: 'Look and decide', de: 'Ansehen und entscheiden' },
  'next.prove': { en: 'Prove it', de: 'Beweisen' },
  'next.see-proof': { en: 'See what happened', de: 'Ansehen, was geschah' },
  'next.look': { en: 'Look inside', de: 'Hineinsehen' },
  'next.progress': { en: 'See the progress', de: 'Fortschritt ansehen' },

  'home.accounts': { en: 'Your accounts', de: 'Ihre Konten' },
  'home.everyone': { en: 'Without a name', de: 'Ohne Namen' },
  'home.addAccount': { en: 'Add another account', de: 'Weiteres Konto hinzufügen' },
  'account.safe': { en: 'Safe up to', de: 'Sicher bis' },
  'account.proven': { en: 'Proven', de: 'Bewiesen' },
  'account.back': { en: 'Back within', de: 'Zurück in' },
  'account.unknownTime': { en: 'known after a proof', de: 'bekannt nach einem Beweis' },
  'account.on': { en: 'on {disk}', de: 'auf {disk}' },
  'account.kept': {
    en: { one: 'and {n} kept that the provider no longer has', other: 'and {n} kept that the provider no longer has' },
    de: { one: 'und {n} bewahrt, das der Anbieter nicht mehr hat', other: 'und {n} bewahrt, die der Anbieter nicht mehr hat' },
  },
  'account.missing': {
    en: { one: '{n} item could not be saved yet', other: '{n} items could not be saved yet' },
    de: { one: '{n} Eintrag konnte noch nicht gesichert werden', other: '{n} Einträge konnten noch nicht gesichert werden' },
  },
  'account.unread': { en: 'Could not be read, or not all of it', de: 'Konnte nicht oder nicht ganz gelesen werden' },
  'account.unexplained': {
    en: { one: 'The provider lists {n} item more than is saved', other: 'The provider lists {n} items more than are saved' },
    de: {
      one: 'Der Anbieter führt {n} Eintrag mehr auf, als gesichert ist',
      other: 'Der Anbieter führt {n} Einträge mehr auf, als gesichert sind',
    },
  },
  'account.heldBack': {
    en: {
      one: '{n} item is suddenly gone at the provider; it is kept',
      other: '{n} items are suddenly gone at the provider; they are kept',
    },
    de: {
      one: '{n} Eintrag ist beim Anbieter plötzlich fort; er ist bewahrt',
      other: '{n} Einträge sind beim Anbieter plötzlich fort; sie sind bewahrt',
    },
  },
  'account.complete': { en: 'Nothing is missing', de: 'Nichts fehlt' },
  'account.notHere': {
    en: 'On the disk only; not set up on this computer',
    de: 'Nur auf dem Datenträger; auf diesem Computer nicht eingerichtet',
  },
  'account.nothing': { en: 'Nothing saved yet', de: 'Noch nichts gesichert' },
  'account.manage': { en: 'Account settings', de: 'Kontoeinstellungen' },

  'home.disks': { en: 'Your disks', de: 'Ihre Datenträger' },
  'home.addDisk': { en: 'Add another disk', de: 'Weiteren Datenträger hinzufügen' },
  'disk.here': { en: 'Plugged in', de: 'Angeschlossen' },
  'disk.away': { en: 'Not plugged in', de: 'Nicht angeschlossen' },
  'disk.waiting': { en: 'Waiting for “{name}”', de: 'Es wird auf „{name}“ gewartet' },
  'disk.reminder': {
    en: { one: 'It has been {n} day. Plug it in when you can.', other: 'It has been {n} days. Plug it in when you can.' },
    de: {
      one: 'Seit {n} Tag. Schließen Sie ihn an, wenn es geht.',
      other: 'Seit {n} Tagen. Schließen Sie ihn an, wenn es geht.',
    },
  },
  'disk.reminderStrong': {
    en: { one: 'It has been {n} day. Please plug it in today.', other: 'It has been {n} days. Please plug it in today.' },
    de: { one: 'Seit {n} Tag. Bitte schließen Sie ihn heute an.', other: 'Seit {n} Tagen. Bitte schließen Sie ihn heute an.' },
  },
  'disk.unplug': { en: 'You can unplug “{name}” now', de: 'Sie können „{name}“ jetzt abziehen' },
  'disk.eject': { en: 'Eject', de: 'Auswerfen' },
  'disk.free': { en: '{size} free', de: '{size} frei' },
  'disk.last': { en: 'Last backup', de: 'Letzte Sicherung' },
  'disk.next': { en: 'Next', de: 'Nächste' },
  'disk.byHand': { en: 'when you say so', de: 'wenn Sie es sagen' },
  'disk.dueNow': { en: 'now', de: 'jetzt' },
  'disk.where': { en: 'Where', de: 'Wo' },
  'disk.holds': { en: 'Holds', de: 'Enthält' },
  'disk.asOf': { en: 'as of {date}', de: 'Stand {date}' },
  'disk.provenNever': { en: 'not proven yet', de: 'noch nicht bewiesen' },
  'disk.provenOn': { en: 'proven {date}', de: 'bewiesen {date}' },
  'disk.empty': { en: 'nothing yet', de: 'noch nichts' },
  'disk.verify': { en: 'Check the disk', de: 'Datenträger prüfen' },
  'disk.backUp': { en: 'Back up', de: 'Sichern' },

  'missing.title': { en: 'What could not be saved yet', de: 'Was noch nicht gesichert werden konnte' },
  'missing.lead': {
    en: 'Each backup tries these first. The reason is in the provider’s or the disk’s own words.',
    de: 'Jede Sicherung versucht diese zuerst. Der Grund steht in den Worten des Anbieters oder des Datenträgers.',
  },
  'missing.none': { en: 'Nothing is missing.', de: 'Nichts fehlt.' },
  'missing.noTitle': { en: 'without a name', de: 'ohne Namen' },
  'missing.more': {
    en: { one: 'and {n} more', other: 'and {n} more' },
    de: { one: 'und {n} weiterer', other: 'und {n} weitere' },
  },
  'missing.retry': { en: 'Try these again', de: 'Diese noch einmal versuchen' },
} as const satisfies Readonly<Record<string, Message>>
