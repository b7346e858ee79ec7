/** What the page of a proof says, in each language it speaks. */
import type { Service } from '../core/account.ts'
import type { Verdict } from './proof.ts'

export type ProofLanguage = 'en' | 'de'

/** Facts of the sentence that tells the verdict, written for a person. */
interface Sentence {
  readonly on: string
  readonly items: string
  readonly restored: string
  readonly time: string
  readonly isSample: boolean
  /** Nothing of some kinds was restored; `time` says so. */
  readonly isPart: boolean
}

interface Asked {
  readonly listed: string
  readonly sampled: string
  readonly identical: string
  readonly arrived: string
  readonly changed: string
  readonly removed: string
}

export interface ProofWords {
  readonly locale: string
  readonly services: Readonly<Record<Service, string>>
  readonly nouns: Readonly<Record<Service, readonly [one: string, many: string]>>
  readonly verdicts: Readonly<Record<Verdict, string>>
  readonly kind: string
  readonly title: (verdict: string, on: string) => string
  readonly sentence: Readonly<Record<Verdict, (facts: Sentence) => string>>
  /** Behind a time. */
  readonly without: (kinds: string) => string
  readonly backIn: string
  readonly lost: string
  readonly wantHours: (hours: string) => string
  readonly wantDays: (days: string) => string
  readonly caption: string
  readonly columns: readonly string[]
  readonly kept: (count: string) => string
  readonly losesAll: string
  readonly loses: (time: string) => string
  readonly since: (arrived: string, changed: string) => string
  readonly provider: (asked: Asked) => string
  readonly faults: string
  readonly exceptions: string
  readonly untested: string
  readonly more: (count: string) => string
  /** The command names are given as markup. */
  readonly adviceDamaged: string
  readonly advice: (account: string) => string
  readonly how: string
  readonly read: (files: string, size: string, target: string) => string
  readonly facts: readonly [tested: string, backups: string, vault: string, sum: string, program: string]
  readonly until: string
  readonly byteUnit: string
  readonly instant: string
  readonly units: Readonly<Record<'second' | 'minute' | 'hour' | 'day', readonly [one: string, many: string]>>
}

const backupAgain = '<code>lifeboat backup</code>'
const drillAgain = '<code>lifeboat drill</code>'

const english: ProofWords = {
  locale: 'en-GB',
  services: { mail: 'Mail', contacts: 'Contacts', calendar: 'Calendars', files: 'Files' },
  nouns: {
    mail: ['message', 'messages'],
    contacts: ['contact', 'contacts'],
    calendar: ['entry', 'entries'],
    files: ['file', 'files'],
  },
  verdicts: { proven: 'Proven', 'proven-with-exceptions': 'Proven with exceptions', 'not-proven': 'Not proven' },
  kind: 'Recovery proof',
  title: (verdict, on) => `${verdict}: recovery proof of ${on}`,
  sentence: {
    proven: ({ on, items, restored, time, isSample, isPart }) =>
      isPart
        ? `On ${on}, ${restored} of ${items} items were restored from this disk; all of these came back as they were. Restoring everything would take ${time}.`
        : isSample
          ? `On ${on}, ${restored} of ${items} items were chosen at random and restored from this disk; all came back as they were. Restoring everything would take ${time}.`
          : `On ${on}, everything came back from this disk as it was: ${items} items in ${time}.`,
    'proven-with-exceptions': ({ on, items, restored, time }) =>
      `On ${on}, ${restored} of ${items} items were restored from this disk and came back as they were, in ${time} for all of them, except for what is named below.`,
    'not-proven': ({ on }) => `On ${on}, something did not come back as it should. Below stands what it is and what to do.`,
  },
  without: (kinds) => `(without ${kinds}, which were not restored)`,
  backIn: 'Back in',
  lost: 'Would be lost',
  wantHours: (hours) => `you want: ${hours} hours at most`,
  wantDays: (days) => `you want: ${days} days at most`,
  caption: 'What was saved, and what came back',
  columns: ['Kind', 'On the disk', 'Restored', 'Came back as it was', 'Could not be saved', 'Size', 'Time for all'],
  kept: (count) => `and ${count} removed since, kept`,
  losesAll: 'everything: no backup has come to its end',
  loses: (time) => `what arrived in the last ${time}`,
  since: (arrived, changed) => `${arrived} new, ${changed} changed`,
  provider: ({ listed, sampled, identical, arrived, changed, removed }) =>
    `The provider listed ${listed} items. ${sampled} of them were fetched again at random: ${identical} are on the disk exactly as the provider has them. Since the last backup ${arrived} arrived, ${changed} changed and ${removed} were removed there.`,
  faults: 'What is wrong',
  exceptions: 'Exceptions',
  untested: 'Not tested',
  more: (count) => `… and ${count} more; the file of the same name that ends in .json names them.`,
  adviceDamaged: `What to do: delete nothing. If there is another copy of this disk, copy the named files from it. Then run ${backupAgain} and ${drillAgain} again.`,
  advice: (account) =>
    `What to do: run ${backupAgain} for ${account} and then ${drillAgain} again. If the same is named again, look at it in the account and on the disk.`,
  how: 'How it was tested',
  read: (files, size, target) =>
    `${files} files with ${size} were read. It was restored to ${target}. Times are those of this computer and this disk; through the internet it takes longer.`,
  facts: ['Tested', 'Backups', 'Disk', 'SHA-256 of the list of checksums', 'Program'],
  until: 'to',
  byteUnit: 'bytes',
  instant: 'less than a second',
  units: { second: ['second', 'seconds'], minute: ['minute', 'minutes'], hour: ['hour', 'hours'], day: ['day', 'days'] },
}

const german: ProofWords = {
  locale: 'de-DE',
  services: { mail: 'E-Mail', contacts: 'Kontakte', calendar: 'Kalender', files: 'Dateien' },
  nouns: {
    mail: ['Nachricht', 'Nachrichten'],
    contacts: ['Kontakt', 'Kontakte'],
    calendar: ['Eintrag', 'Einträge'],
    files: ['Datei', 'Dateien'],
  },
  verdicts: {
    proven: 'Bewiesen',
    'proven-with-exceptions': 'Bewiesen mit Ausnahmen',
    'not-proven': 'Nicht bewiesen',
  },
  kind: 'Beweis der Wiederherstellung',
  title: (verdict, on) => `${verdict}: Beweis der Wiederherstellung vom ${on}`,
  sentence: {
    proven: ({ on, items, restored, time, isSample, isPart }) =>
      isPart
        ? `Am ${on} wurden ${restored} von ${items} Einträgen von diesem Datenträger wiederhergestellt; diese kamen alle so zurück, wie sie waren. Alles wiederherzustellen würde ${time} dauern.`
        : isSample
          ? `Am ${on} wurden ${restored} von ${items} Einträgen zufällig ausgewählt und von diesem Datenträger wiederhergestellt; alle kamen so zurück, wie sie waren. Alles wiederherzustellen würde ${time} dauern.`
          : `Am ${on} kam alles so von diesem Datenträger zurück, wie es war: ${items} Einträge, Dauer: ${time}.`,
    'proven-with-exceptions': ({ on, items, restored, time }) =>
      `Am ${on} wurden ${restored} von ${items} Einträgen von diesem Datenträger wiederhergestellt und kamen so zurück, wie sie waren (alle zusammen: ${time}), außer dem, was unten steht.`,
    'not-proven': ({ on }) => `Am ${on} kam etwas nicht so zurück, wie es sollte. Unten steht, was es ist und was zu tun ist.`,
  },
  without: (kinds) => `(ohne ${kinds}: das wurde nicht wiederhergestellt)`,
  backIn: 'Dauer, bis alles wieder da ist',
  lost: 'Verloren wäre',
  wantHours: (hours) => `Ihr Ziel: höchstens ${hours} Stunden`,
  wantDays: (days) => `Ihr Ziel: höchstens ${days} Tage`,
  caption: 'Was gesichert wurde und was zurückkam',
  columns: [
    'Art',
    'Auf dem Datenträger',
    'Wiederhergestellt',
    'Kam zurück, wie es war',
    'Ließ sich nicht sichern',
    'Größe',
    'Dauer für alles',
  ],
  kept: (count) => `und ${count} seither entfernte, aufbewahrt`,
  losesAll: 'alles: keine Sicherung kam bisher zu ihrem Ende',
  loses: (time) => `Neues aus diesem Zeitraum: ${time}`,
  since: (arrived, changed) => `${arrived} neu, ${changed} geändert`,
  provider: ({ listed, sampled, identical, arrived, changed, removed }) =>
    `Der Anbieter nannte ${listed} Einträge. ${sampled} davon wurden zufällig ausgewählt und noch einmal abgerufen: ${identical} liegen genau so auf dem Datenträger, wie der Anbieter sie hat. Seit der letzten Sicherung kamen dort ${arrived} dazu, ${changed} wurden geändert und ${removed} entfernt.`,
  faults: 'Was nicht stimmt',
  exceptions: 'Ausnahmen',
  untested: 'Nicht geprüft',
  more: (count) => `… und ${count} weitere; die Datei mit demselben Namen und der Endung .json nennt sie.`,
  adviceDamaged: `Was zu tun ist: Löschen Sie nichts. Gibt es eine weitere Kopie dieses Datenträgers, kopieren Sie die genannten Dateien von dort. Führen Sie dann ${backupAgain} und ${drillAgain} noch einmal aus.`,
  advice: (account) =>
    `Was zu tun ist: Führen Sie ${backupAgain} für ${account} und danach ${drillAgain} noch einmal aus. Wird dasselbe wieder genannt, sehen Sie im Konto und auf dem Datenträger nach.`,
  how: 'Wie geprüft wurde',
  read: (files, size, target) =>
    `${files} Dateien mit ${size} wurden gelesen. Wiederhergestellt wurde in ${target}. Die Zeiten gelten für diesen Computer und diesen Datenträger; über das Internet dauert es länger.`,
  facts: ['Geprüft', 'Sicherungen', 'Datenträger', 'SHA-256 der Liste der Prüfsummen', 'Programm'],
  until: 'bis',
  byteUnit: 'Byte',
  instant: 'unter 1 Sekunde',
  units: {
    second: ['Sekunde', 'Sekunden'],
    minute: ['Minute', 'Minuten'],
    hour: ['Stunde', 'Stunden'],
    day: ['Tag', 'Tage'],
  },
}

export const proofWords: Readonly<Record<ProofLanguage, ProofWords>> = { en: english, de: german }
