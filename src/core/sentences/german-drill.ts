/** The sentences that a drill writes into its proof, in German. The JSON beside the page keeps them as the drill wrote them. */

const services: Readonly<Record<string, string>> = {
  mail: 'E-Mail',
  contacts: 'Kontakte',
  calendar: 'Kalender',
  files: 'Dateien',
}
const service = (name = ''): string => services[name] ?? name

/** Given what the pattern found; a sentence within it comes in German already, where there is one. */
type Translate = (...found: string[]) => string

export const drillSentences: readonly (readonly [pattern: RegExp, translate: Translate])[] = [
  [
    /^Read every file and message from the plain files alone, and checked every checksum$/,
    () => 'Jede Datei und jede Nachricht allein aus den offenen Dateien gelesen und jede Prüfsumme geprüft',
  ],
  [
    /^(.*): compared with the record of the last backup$/,
    (account) => `${account}: mit dem Protokoll der letzten Sicherung verglichen`,
  ],
  [
    /^(.*): restored (\w+) and compared every item that came back$/,
    (account, name) => `${account}: ${service(name)} wiederhergestellt und alles verglichen, was zurückkam`,
  ],
  [/^(.*): compared with what the provider has now$/, (account) => `${account}: mit dem verglichen, was der Anbieter jetzt hat`],
  [/^a temporary folder on this computer$/, () => 'einen vorübergehenden Ordner auf diesem Computer'],
  [/^the account (.*)$/, (name) => `das Konto ${name}`],
  [
    /^The last backup was interrupted\. .*$/,
    () =>
      'Die letzte Sicherung wurde unterbrochen. Sichern Sie noch einmal, das bringt alles in Ordnung, und beweisen Sie es dann neu.',
  ],
  [
    /^The journals of this account are missing or damaged: what was saved of it cannot be told\.$/,
    () => 'Die Journale dieses Kontos fehlen oder sind beschädigt: Was von ihm gesichert wurde, lässt sich nicht sagen.',
  ],
  [
    /^The last good backup bears a date that is still to come; check the clock of this computer\.$/,
    () => 'Die letzte gute Sicherung trägt ein Datum, das noch bevorsteht; prüfen Sie die Uhr dieses Computers.',
  ],
  [
    /^Whether the account has any (\w+): nothing of it has been saved yet\.$/,
    (name) => `Ob das Konto etwas davon hat (${service(name)}): Bisher wurde nichts davon gesichert.`,
  ],
  [/^Not all of it could be saved: ([\s\S]*)$/, (why) => `Nicht alles davon ließ sich sichern: ${why}`],
  [
    /^It came back in another folder or by another name: (.*) instead of (.*)\.$/,
    (is, was) => `Es kam in einem anderen Ordner oder unter anderem Namen zurück: ${is} statt ${was}.`,
  ],
  [
    /^Whether mail is the same byte for byte: this provider puts messages together anew, so what they say and hold was compared\.$/,
    () =>
      'Ob E-Mails Byte für Byte gleich sind: Dieser Anbieter setzt Nachrichten neu zusammen, also wurde verglichen, was sie sagen und enthalten.',
  ],
  [
    /^The dates of mail: this provider shows the date that a message itself bears\.$/,
    () => 'Die Daten von E-Mails: Dieser Anbieter zeigt das Datum, das in der Nachricht selbst steht.',
  ],
  [
    /^Pictures and groups of contacts: at this provider they were not compared\.$/,
    () => 'Bilder und Gruppen von Kontakten: Bei diesem Anbieter wurden sie nicht verglichen.',
  ],
  [/^Nothing of (\w+) could be restored\.$/, (name) => `Nichts davon ließ sich wiederherstellen (${service(name)}).`],
  [/^Nothing has been saved of this account yet\.$/, () => 'Von diesem Konto wurde noch nichts gesichert.'],
  [
    /^A full restore takes longer than the (\S+) hours you want\.$/,
    (hours) => `Alles wiederherzustellen dauert länger als die ${hours} Stunden, die Ihr Ziel sind.`,
  ],
  [/^No backup of this account has come to its end yet\.$/, () => 'Noch keine Sicherung dieses Kontos kam zu ihrem Ende.'],
  [
    /^The last good backup is older than the (\S+) days you want to lose at most\.$/,
    (days) => `Die letzte gute Sicherung ist älter als die ${days} Tage, die Sie höchstens verlieren wollen.`,
  ],
  [/^Whether it is what the provider has now: ([\s\S]*)$/, (why) => `Ob es das ist, was der Anbieter jetzt hat: ${why}`],
  [/^The account is not set up on this computer\.$/, () => 'Das Konto ist auf diesem Computer nicht eingerichtet.'],
  [
    /^The provider did not answer for (\w+): ([\s\S]*)$/,
    (name, why) => `Der Anbieter antwortete nicht (${service(name)}): ${why}`,
  ],
  [/^(\d+) came back that do not belong there\.$/, (n) => `${n} kamen zurück, die nicht dorthin gehören.`],
  [
    /^It came back with other marks: (.*) instead of (.*)\.$/,
    (is, was) => `Es kam mit anderen Markierungen zurück: ${none(is)} statt ${none(was)}.`,
  ],
  [
    /^It came back with another date: (.*) instead of (.*)\.$/,
    (is, was) => `Es kam mit einem anderen Datum zurück: ${is} statt ${was}.`,
  ],
  [/^It did not come back, or not as it was saved\.$/, () => 'Es kam nicht zurück, oder nicht so, wie es gesichert wurde.'],
  [/^It came back in another place: (.*)\.$/, (place) => `Es kam an einem anderen Ort zurück: ${place}.`],
  [
    /^The provider does not have it, and does not say that it was removed since the last backup\.$/,
    () => 'Der Anbieter hat es nicht und sagt nicht, dass es seit der letzten Sicherung entfernt wurde.',
  ],
  [
    /^The provider had it before the last backup, and the vault does not have it\.$/,
    () => 'Der Anbieter hatte es vor der letzten Sicherung, und auf dem Datenträger ist es nicht.',
  ],
  [
    /^Its marks are (.*) at the provider and (.*) in the vault\.$/,
    (there, here) => `Seine Markierungen sind ${none(there)} beim Anbieter und ${none(here)} auf dem Datenträger.`,
  ],
  [
    /^The provider gives another content now than the one that was saved\.$/,
    () => 'Der Anbieter liefert jetzt einen anderen Inhalt als den gesicherten.',
  ],
  [/^It could not be saved yet: ([\s\S]*)$/, (why) => `Es ließ sich noch nicht sichern: ${why}`],
  [/^Left out of the backup: ([\s\S]*)$/, (why) => `Von der Sicherung ausgelassen: ${why}`],
  [
    /^The provider listed (\d+), and (\d+) could be saved or named\.$/,
    (listed, saved) => `Der Anbieter nannte ${listed}, und ${saved} ließen sich sichern oder benennen.`,
  ],
  [/^It is not in its file as it was saved\.$/, () => 'Es steht nicht so in seiner Datei, wie es gesichert wurde.'],
  [/^Its file (.*) is missing or not what was saved\.$/, (path) => `Seine Datei ${path} fehlt oder ist nicht die gesicherte.`],
  [/^The list of checksums is missing or damaged\.$/, () => 'Die Liste der Prüfsummen fehlt oder ist beschädigt.'],
  [
    /^The list of checksums is not the one that the last backup wrote\.$/,
    () => 'Die Liste der Prüfsummen ist nicht die, die die letzte Sicherung geschrieben hat.',
  ],
  [
    /^(.*) is not what was saved: its checksum differs\.$/,
    (path) => `${path} ist nicht das Gesicherte: Die Prüfsumme weicht ab.`,
  ],
  [/^(\S+) is missing\.$/, (path) => `${path} fehlt.`],
  [
    /^Restoring (\w+): the target does not take it\.$/,
    (name) => `${service(name)} wiederherstellen: Das Ziel nimmt das nicht an.`,
  ],
  [
    /^Restoring all (\w+): there is not enough room on this computer for a copy of it\.$/,
    (name) => `Alles wiederherstellen (${service(name)}): Auf diesem Computer ist nicht genug Platz für eine Kopie.`,
  ],
  [
    /^Restoring ([\d,]+) of ([\d,]+) items of (\w+): a sample was asked for\.$/,
    (left, all, name) => `${left} von ${all} Einträgen wiederherstellen (${service(name)}): Es war eine Stichprobe verlangt.`,
  ],
  [
    /^Fetching (\d+) items of (\w+) again: ([\s\S]*)$/,
    (n, name, why) => `${n} Einträge noch einmal abrufen (${service(name)}): ${why}`,
  ],
  [
    /^Some keywords of (\d+) messages in (.*): a Maildir holds 26 of them\.$/,
    (n, folder) => `Manche Schlagwörter von ${n} Nachrichten in ${folder}: Ein Maildir fasst 26 davon.`,
  ],
]

const none = (marks = ''): string => (marks === 'none' ? 'keine' : marks)
