/** Words of everything that takes long: progress, and how it ended. */
import type { Message } from '../../viewer/page/words/message.ts'

export const workWords = {
  'job.backup': { en: 'Backing up', de: 'Sicherung' },
  'job.verify': { en: 'Checking the disk', de: 'Prüfung des Datenträgers' },
  'job.restore': { en: 'Bringing back', de: 'Zurückholen' },
  'job.plan': { en: 'Looking what would happen', de: 'Nachsehen, was geschähe' },
  'job.drill': { en: 'Proving', de: 'Beweis' },
  'job.collect': { en: 'Collecting documents', de: 'Dokumente sammeln' },
  'job.viewer': { en: 'Preparing the pages', de: 'Seiten vorbereiten' },

  'ended.backup': { en: 'Backup', de: 'Sicherung' },
  'ended.verify': { en: 'Check of the disk', de: 'Prüfung des Datenträgers' },
  'ended.restore': { en: 'Brought back', de: 'Zurückgeholt' },
  'ended.plan': { en: 'What would happen', de: 'Was geschähe' },
  'ended.drill': { en: 'Proof', de: 'Beweis' },
  'ended.collect': { en: 'Documents', de: 'Dokumente' },
  'ended.viewer': { en: 'Pages', de: 'Seiten' },

  'progress.reaching': { en: 'Reaching the server of {account} …', de: 'Der Server von {account} wird gesucht …' },
  'progress.none': { en: 'Nothing is running', de: 'Es läuft nichts' },
  'progress.noneMore': {
    en: 'What Lifeboat does shows here, also when you close this window and come back.',
    de: 'Was Lifeboat tut, zeigt sich hier, auch wenn Sie dieses Fenster schließen und wiederkommen.',
  },
  'progress.starting': { en: 'Opening the disk …', de: 'Der Datenträger wird geöffnet …' },
  'progress.counting': { en: 'Counting what there is …', de: 'Es wird gezählt, was es gibt …' },
  'progress.counted': {
    en: { one: '{n} item seen so far', other: '{n} items seen so far' },
    de: { one: '{n} Eintrag bisher gesehen', other: '{n} Einträge bisher gesehen' },
  },
  'progress.itemsOf': { en: '{done} of {total}', de: '{done} von {total}' },
  'progress.viewer': { en: 'Preparing the pages for looking inside …', de: 'Die Seiten zum Hineinsehen werden vorbereitet …' },
  'progress.amount': { en: '{done} of {total}', de: '{done} von {total}' },
  'progress.rate': { en: '{size} per second', de: '{size} pro Sekunde' },
  'progress.left': { en: '{span} left', de: 'noch {span}' },
  'progress.leftOf': { en: '{span} left for {account}', de: 'noch {span} für {account}' },
  'progress.stopping': { en: 'Stopping at a safe point …', de: 'Es wird an einer sicheren Stelle angehalten …' },
  'progress.pausing': { en: 'Pausing at a safe point …', de: 'Pause an einer sicheren Stelle …' },
  'progress.close': {
    en: 'You can close this window: the work goes on.',
    de: 'Sie können dieses Fenster schließen: Die Arbeit geht weiter.',
  },
  'progress.pause': { en: 'Pause', de: 'Pause' },
  'progress.stop': { en: 'Stop', de: 'Anhalten' },
  'progress.resume': { en: 'Go on', de: 'Weitermachen' },
  'progress.to': { en: 'to “{disk}”', de: 'auf „{disk}“' },
  'progress.started': { en: 'started {time}', de: 'begonnen {time}' },

  'done.backup': { en: 'Finished. Everything is saved.', de: 'Fertig. Alles ist gesichert.' },
  'done.backupGaps': {
    en: { one: 'Finished; {n} item could not be saved.', other: 'Finished; {n} items could not be saved.' },
    de: {
      one: 'Fertig; {n} Eintrag konnte nicht gesichert werden.',
      other: 'Fertig; {n} Einträge konnten nicht gesichert werden.',
    },
  },
  'done.backupDecide': { en: 'Finished. Now it is for you to decide.', de: 'Fertig. Nun entscheiden Sie.' },
  'done.backupUnclear': {
    en: 'Finished, but it is not certain that all of it is saved.',
    de: 'Fertig, aber es ist nicht sicher, dass alles gesichert ist.',
  },
  'done.backupAccount': {
    en: '{account} could not be saved to its end.',
    de: '{account} konnte nicht bis ans Ende gesichert werden.',
  },
  'done.new': {
    en: { one: '{n} new item, {size}', other: '{n} new items, {size}' },
    de: { one: '{n} neuer Eintrag, {size}', other: '{n} neue Einträge, {size}' },
  },
  'done.nothingNew': { en: 'Nothing new since the last time.', de: 'Nichts Neues seit dem letzten Mal.' },
  'done.removed': {
    en: { one: '{n} is gone at the provider and kept here.', other: '{n} are gone at the provider and kept here.' },
    de: { one: '{n} ist beim Anbieter fort und hier bewahrt.', other: '{n} sind beim Anbieter fort und hier bewahrt.' },
  },
  'done.heldBack': {
    en: {
      one: '{n} item is suddenly gone at the provider. It stays as it is until you decide.',
      other: '{n} items are suddenly gone at the provider. They stay as they are until you decide.',
    },
    de: {
      one: '{n} Eintrag ist beim Anbieter plötzlich fort. Er bleibt, wie er ist, bis Sie entscheiden.',
      other: '{n} Einträge sind beim Anbieter plötzlich fort. Sie bleiben, wie sie sind, bis Sie entscheiden.',
    },
  },
  'done.acceptRemovals': { en: 'That is right: mark them as removed', de: 'Das stimmt: als entfernt kennzeichnen' },
  'done.bringBack': { en: 'That is wrong: bring them back', de: 'Das stimmt nicht: zurückholen' },
  'done.acceptNote': { en: 'They stay on the disk either way.', de: 'Sie bleiben in jedem Fall auf dem Datenträger.' },
  'done.stopped': { en: 'Stopped. What was saved is safe.', de: 'Angehalten. Was gesichert wurde, ist sicher.' },
  'done.stoppedRestore': {
    en: 'Stopped. What is back already stays; going on adds the rest.',
    de: 'Angehalten. Was schon zurück ist, bleibt; beim Weitermachen kommt der Rest dazu.',
  },
  'done.stoppedOther': { en: 'Stopped.', de: 'Angehalten.' },
  'done.paused': { en: 'Paused. What was saved is safe.', de: 'Pause. Was gesichert wurde, ist sicher.' },
  'done.verify': { en: 'The disk is in order.', de: 'Der Datenträger ist in Ordnung.' },
  'done.verifyBad': { en: 'The disk is not in order.', de: 'Der Datenträger ist nicht in Ordnung.' },
  'done.verifyMore': {
    en: { one: '{n} file, {size}, checked.', other: '{n} files, {size}, checked.' },
    de: { one: '{n} Datei, {size}, geprüft.', other: '{n} Dateien, {size}, geprüft.' },
  },
  'done.verifyNext': {
    en: 'Delete nothing. Back up once more: what is damaged is fetched anew from the provider, and what was damaged stays as it is.',
    de: 'Löschen Sie nichts. Sichern Sie noch einmal: Was beschädigt ist, wird neu vom Anbieter geholt, und das Beschädigte bleibt, wie es ist.',
  },
  'done.verifyForGood': {
    en: 'Delete nothing. The account does not have it any more either, so no backup can fetch it anew. If you have another copy of this disk, take the files named below from there.',
    de: 'Löschen Sie nichts. Auch das Konto hat es nicht mehr, also kann es keine Sicherung neu holen. Haben Sie eine weitere Kopie dieses Datenträgers, nehmen Sie die unten genannten Dateien von dort.',
  },
  'done.viewer': { en: 'The pages are ready.', de: 'Die Seiten sind bereit.' },
  'done.retry': { en: 'What was missing is saved now.', de: 'Was fehlte, ist jetzt gesichert.' },
  'done.retryGaps': {
    en: { one: '{n} item could still not be saved.', other: '{n} items could still not be saved.' },
    de: {
      one: '{n} Eintrag konnte immer noch nicht gesichert werden.',
      other: '{n} Einträge konnten immer noch nicht gesichert werden.',
    },
  },
  'done.why': { en: 'See what and why', de: 'Ansehen, was und warum' },
  'done.took': { en: 'It took {span}.', de: 'Es dauerte {span}.' },
  'done.findings': { en: 'What was found', de: 'Was gefunden wurde' },
} as const satisfies Readonly<Record<string, Message>>
