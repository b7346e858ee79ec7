/**
 * Why something of an account is not saved, not all of it, or not as the provider has it, and what does not come back as it was, in
 * German. As `german-work.ts`.
 */
export const reasonSentences: Readonly<Record<string, string>> = {
  // Mail servers.
  'The server breaks the connection whenever this message is asked for.':
    'Der Server bricht die Verbindung ab, sobald diese Nachricht verlangt wird.',
  'The server fails whenever this message is asked for.': 'Der Server scheitert, sobald diese Nachricht verlangt wird.',
  'The server sent two different contents for this message.':
    'Der Server schickte für diese Nachricht zwei verschiedene Inhalte.',
  'The server hands this message out in a form that cannot be read exactly.':
    'Der Server gibt diese Nachricht in einer Form heraus, die sich nicht genau lesen lässt.',
  'The server did not send this message; it may have been moved or deleted meanwhile.':
    'Der Server schickte diese Nachricht nicht; vielleicht wurde sie inzwischen verschoben oder gelöscht.',
  'The server hands out no content for this message; it may have been deleted meanwhile.':
    'Der Server gibt für diese Nachricht keinen Inhalt heraus; vielleicht wurde sie inzwischen gelöscht.',
  'The message went from the server while it was being read.': 'Die Nachricht verschwand vom Server, während sie gelesen wurde.',
  'The folder was replaced on the server; this message has another number now.':
    'Der Ordner wurde auf dem Server ersetzt; diese Nachricht hat jetzt eine andere Nummer.',
  'The folder was replaced on the server while it was being read.':
    'Der Ordner wurde auf dem Server ersetzt, während er gelesen wurde.',
  'The folder was replaced on the server while it was being written.':
    'Der Ordner wurde auf dem Server ersetzt, während in ihn geschrieben wurde.',
  'The folder {} is no longer there.': 'Den Ordner {1} gibt es nicht mehr.',
  'This folder holds no messages, only other folders.': 'Dieser Ordner enthält keine Nachrichten, nur andere Ordner.',
  'The server gives this folder no name.': 'Der Server gibt diesem Ordner keinen Namen.',
  'The name of this folder holds characters that IMAP forbids; it cannot be opened.':
    'Der Name dieses Ordners enthält Zeichen, die IMAP verbietet; er lässt sich nicht öffnen.',
  'The name of this folder is not valid text; it cannot be opened.':
    'Der Name dieses Ordners ist kein gültiger Text; er lässt sich nicht öffnen.',
  'The server lists messages without end.': 'Der Server zählt Nachrichten ohne Ende auf.',
  'The server lists more folders than any mail account has.': 'Der Server führt mehr Ordner auf, als irgendein Postfach hat.',
  '{} gives the messages of this folder no lasting numbers (UIDVALIDITY).':
    '{1} gibt den Nachrichten dieses Ordners keine bleibenden Nummern (UIDVALIDITY).',
  '{} does not say how many messages this folder holds.': '{1} sagt nicht, wie viele Nachrichten in diesem Ordner sind.',
  '{} answers too slowly.': '{1} antwortet zu langsam.',
  'The message is larger than 2 GB, more than a mail file can hold.':
    'Die Nachricht ist größer als 2 GB, mehr, als eine Maildatei fasst.',
  'No password is stored for this account.': 'Für dieses Konto ist kein Passwort gespeichert.',
  'Make room in the account, or restore to another one; then run the command again.':
    'Schaffen Sie im Konto Platz, oder nehmen Sie ein anderes; versuchen Sie es dann noch einmal.',
  'The keyword “{}” cannot be written over IMAP.': 'Das Schlagwort „{1}“ lässt sich über IMAP nicht schreiben.',
  'The folder is called “{}” there: its name “{}” cannot be used.':
    'Der Ordner heißt dort „{1}“: Sein Name „{2}“ ist nicht möglich.',

  // Servers of contacts, calendars and files.
  'This calendar is subscribed from elsewhere; the server keeps no copy of it.':
    'Dieser Kalender ist von anderswo abonniert; der Server bewahrt keine Kopie davon.',
  'The server does not list this collection any more.': 'Der Server führt das nicht mehr auf.',
  'The server ends the file too early.': 'Der Server beendet die Datei zu früh.',
  'The connection broke, and this server cannot send the rest of a file.':
    'Die Verbindung brach ab, und dieser Server kann den Rest einer Datei nicht schicken.',
  'The server sends another part of the file than the one that it was asked for.':
    'Der Server schickt einen anderen Teil der Datei als den verlangten.',
  'The file was moved or removed before it could be saved.':
    'Die Datei wurde verschoben oder entfernt, bevor sie gesichert werden konnte.',
  'The file was changed while it was being saved.': 'Die Datei wurde geändert, während sie gesichert wurde.',
  'What the server sends does not have the checksum that the server has on record for this file.':
    'Was der Server schickt, hat nicht die Prüfsumme, die er selbst zu dieser Datei führt.',
  'Open the file at the provider. If it is in order there, run the backup again.':
    'Öffnen Sie die Datei beim Anbieter. Ist sie dort in Ordnung, sichern Sie noch einmal.',
  'Open the file at the provider. If it is in order there, save it there once more and run the backup again.':
    'Öffnen Sie die Datei beim Anbieter. Ist sie dort in Ordnung, speichern Sie sie dort noch einmal und sichern Sie dann wieder.',
  'Run the backup again: it takes the file as it is then.': 'Sichern Sie noch einmal: Dann kommt die Datei, wie sie dann ist.',
  'The folder contains itself, so that it was not followed further.':
    'Der Ordner enthält sich selbst; ihm wurde nicht weiter gefolgt.',
  'The folders lie deeper than Lifeboat follows.': 'Die Ordner liegen tiefer, als Lifeboat ihnen folgt.',
  'The server names a file that lies outside of its folder; it was not saved.':
    'Der Server nennt eine Datei, die außerhalb ihres Ordners liegt; sie wurde nicht gesichert.',
  'It could not be read when it was listed.': 'Es war beim Auflisten nicht lesbar.',
  '{} breaks off whenever it is asked for this.': '{1} bricht jedes Mal ab, wenn das verlangt wird.',
  '{} lists only a part of this collection and no way to the rest of it.':
    '{1} führt hiervon nur einen Teil auf und keinen Weg zum Rest.',
  '{} does not accept the user name or the password.': '{1} nimmt Benutzernamen oder Passwort nicht an.',
  '{} answers, but does not know who asks. Check the user name and the password.':
    '{1} antwortet, weiß aber nicht, wer fragt. Prüfen Sie Benutzernamen und Passwort.',
  '{} sends Lifeboat from one address to the next without end.': '{1} schickt Lifeboat ohne Ende von einer Adresse zur nächsten.',
  '{} sends Lifeboat on to {}, which is not known to belong to it. Your password was not sent there.':
    '{1} schickt Lifeboat weiter zu {2}, das nicht erkennbar dazugehört. Ihr Passwort wurde nicht dorthin geschickt.',
  "Something between this computer and {} shows a certificate that is not {}'s ({}).":
    'Etwas zwischen diesem Computer und {1} zeigt ein Zertifikat, das nicht von {2} ist ({3}).',
  'The server changed or left out: {}.': 'Der Server änderte oder ließ weg: {1}.',
  'Nothing is missing; the server added: {}.': 'Es fehlt nichts; der Server fügte hinzu: {1}.',
  'The server has {} bytes of it where {} were sent.': 'Der Server hat davon {1} Byte, wo {2} gesendet wurden.',
  'A file is in its place.': 'An seiner Stelle ist eine Datei.',

  // A copy that a person has.
  'There is no archive at {}.': 'In {1} ist keine Kopie.',
  'Was it moved, renamed or deleted? What was saved from it is safe.':
    'Wurde sie verschoben, umbenannt oder gelöscht? Was daraus gesichert wurde, ist sicher.',
  '{} holds nothing that can be read.': 'In {1} ist nichts, was gelesen werden kann.',
  'A zip of Google Takeout or of Apple can be read, mail (mbox, .eml), contacts (.vcf), calendars (.ics), or a folder of such.':
    'Gelesen werden Zips von Google Takeout oder Apple, E-Mails (mbox, .eml), Kontakte (.vcf), Kalender (.ics) oder ein Ordner mit solchem.',
  'The part {} of the export is missing.': 'Der Teil {1} der Kopie fehlt.',
  'Download it as well and put it beside the others.': 'Laden Sie auch ihn herunter und legen Sie ihn neben die anderen.',
  'The file cannot be read.': 'Die Datei ist nicht lesbar.',
  'The file is called an mbox, but does not begin like one.': 'Die Datei heißt mbox, beginnt aber nicht wie eine.',
  'This is a link, or cannot be read; it is not followed.': 'Das ist eine Verknüpfung oder nicht lesbar; ihr wird nicht gefolgt.',
  'This is a link to a place outside the archive, which is not followed.':
    'Das ist eine Verknüpfung zu einem Ort außerhalb; ihr wird nicht gefolgt.',
  'The file is protected with a password.': 'Die Datei ist mit einem Passwort geschützt.',
  'The file is packed in a way that cannot be read.': 'Die Datei ist in einer Art gepackt, die nicht gelesen werden kann.',
  'A file with an unsafe name in the zip was left out: {}.':
    'Eine Datei mit einem unsicheren Namen wurde im Zip ausgelassen: {1}.',
  '{} files with unsafe names in the zip were left out: {}.': '{1} Dateien mit unsicheren Namen wurden im Zip ausgelassen: {2}.',
  'Unpack the zip with another program, and use the folder.':
    'Entpacken Sie das Zip mit einem anderen Programm, und nehmen Sie den Ordner.',
  '{} is damaged or incomplete.': '{1} ist beschädigt oder unvollständig.',
  'Download or copy the zip again. If it stays like this, unpack it with another program and use the folder.':
    'Laden oder kopieren Sie das Zip noch einmal. Bleibt es so, entpacken Sie es mit einem anderen Programm und nehmen Sie den Ordner.',
  '{} may not be read by this user.': '{1} darf dieser Benutzer nicht lesen.',
  'The folder {} is not in the archive any more.': 'Den Ordner {1} gibt es in der Kopie nicht mehr.',
  'The message “{}” is not in the archive any more.': 'Die Nachricht „{1}“ ist nicht mehr in der Kopie.',
  'A message is not in the archive any more.': 'Eine Nachricht ist nicht mehr in der Kopie.',
  '{} is not in the archive any more.': '{1} ist nicht mehr in der Kopie.',
  'The file {} is not in the archive any more.': 'Die Datei {1} ist nicht mehr in der Kopie.',
  'The file {} was changed while it was being read.': 'Die Datei {1} wurde geändert, während sie gelesen wurde.',

  // Google.
  'Its owner shows only when there is something, not what.': 'Die Person, der er gehört, zeigt nur, wann etwas ist, nicht was.',
  'You left it out.': 'Sie haben es weggelassen.',
  'A shortcut to another file.': 'Eine Verknüpfung zu einer anderen Datei.',
  'Its owner does not allow it to be downloaded.': 'Die Person, der sie gehört, erlaubt das Herunterladen nicht.',
  'Google offers no file for this ({}); it can only be seen at Google.':
    'Google bietet dafür keine Datei an ({1}); es ist nur bei Google zu sehen.',
  'Google holds this file for malware or spam and does not give it out.':
    'Google hält diese Datei für Schadsoftware oder Spam und gibt sie nicht heraus.',
  'The administrator of this account does not let other programs read it.':
    'Die Verwaltung dieses Kontos lässt es andere Programme nicht lesen.',
  'Ask the administrator to allow it.': 'Bitten Sie die Verwaltung, es zu erlauben.',
  'The download ended too early.': 'Das Herunterladen endete zu früh.',
  'The file changed while it was downloaded, or it arrived damaged. It will be tried again.':
    'Die Datei änderte sich beim Herunterladen oder kam beschädigt an. Es wird wieder versucht.',
  "Google's limit for this day is used up.": 'Googles Kontingent für heute ist aufgebraucht.',
  'Google sends this message without its content.': 'Google schickt diese Nachricht ohne ihren Inhalt.',
  'Google fails at this contact (HTTP {}).': 'Google scheitert an diesem Kontakt (HTTP {1}).',
  'Google takes too long to answer.': 'Google braucht zu lange für eine Antwort.',
  'Google did not take it.': 'Google nahm es nicht an.',
  'Nobody has signed in to this account yet.': 'Bei diesem Konto hat sich noch niemand angemeldet.',

  // Microsoft.
  'What was saved of it is safe. If it should be there, ask the administrator of the organisation.':
    'Was davon gesichert wurde, ist sicher. Falls es da sein sollte, fragen Sie die Verwaltung der Organisation.',
  'Microsoft does not say how to go on after its list of files.':
    'Microsoft sagt nach der Liste der Dateien nicht, wie es weitergeht.',
  'A search folder: its messages lie in other folders and are saved there.':
    'Ein Suchordner: Seine Nachrichten liegen in anderen Ordnern und sind dort gesichert.',
  'A OneNote notebook: its pages lie under OneNote; the notebook as a file is given out only by OneNote itself (File, Export).':
    'Ein Notizbuch von OneNote: Seine Seiten liegen unter OneNote; als Datei gibt es nur OneNote selbst heraus (Datei, Exportieren).',
  'The personal vault: Microsoft opens it only to the person, at onedrive.com or in the app.':
    'Der eigens gesicherte Bereich („Personal Vault“): Microsoft öffnet ihn nur dem Menschen selbst, auf onedrive.com oder in der App.',
  'Microsoft found malware in it and does not give it out.': 'Microsoft fand darin Schadsoftware und gibt es nicht heraus.',
  'An album: the pictures in it are saved where they lie themselves.':
    'Ein Album: Die Bilder darin sind gesichert, wo sie selbst liegen.',
  'Microsoft gives no file for this ({}).': 'Microsoft gibt dafür keine Datei heraus ({1}).',
  'Microsoft gives no file for this.': 'Microsoft gibt dafür keine Datei heraus.',
  'SharePoint has rewritten or protected this file: size and checksum are not as it says.':
    'SharePoint hat diese Datei umgeschrieben oder geschützt: Größe und Prüfsumme sind nicht, wie es sagt.',
  'A live photo: OneDrive gives programs the still picture alone; to have the moving part, download it at onedrive.com.':
    'Ein Live Photo: OneDrive gibt Programmen nur das stehende Bild; den bewegten Teil laden Sie auf onedrive.com herunter.',
  'Microsoft names nothing that others share: since November 2026 it tells programs no more. For what is to be saved, choose “Add shortcut to My files” at onedrive.com, under Shared.':
    'Microsoft nennt nichts, was andere teilen: Seit November 2026 sagt es das Programmen nicht mehr. Für das, was gesichert werden soll, wählen Sie auf onedrive.com unter „Geteilt“ „Verknüpfung zu ‚Meine Dateien‘ hinzufügen“.',
  'Microsoft tells only people what others share with them, not a program that signs in for itself.':
    'Was andere teilen, sagt Microsoft nur Menschen, keinem Programm, das sich selbst anmeldet.',
  'Microsoft opens OneNote only to people, not to a program that signs in for itself.':
    'Microsoft öffnet OneNote nur Menschen, keinem Programm, das sich selbst anmeldet.',
  'This account has no OneDrive, or it was never opened.': 'Dieses Konto hat kein OneDrive, oder es wurde nie geöffnet.',
  'This account has no mailbox at Microsoft, or it still lies on a server of the organisation.':
    'Dieses Konto hat kein Postfach bei Microsoft, oder es liegt noch auf einem Server der Organisation.',
  'The organisation of this account wants a new sign-in.': 'Die Organisation dieses Kontos verlangt eine neue Anmeldung.',
  'The organisation has switched this account off, and there is no mailbox.':
    'Die Organisation hat dieses Konto ausgeschaltet, und es gibt kein Postfach.',
  "Microsoft's sign-in is out of order at the moment.": 'Microsofts Anmeldung ist gerade gestört.',
  'Try again in a few minutes.': 'Versuchen Sie es in einigen Minuten noch einmal.',
  'If your organisation gives you an online archive beside the mailbox, it is not saved: Microsoft opens it to Outlook alone.':
    'Gibt Ihre Organisation Ihnen neben dem Postfach ein Onlinearchiv, wird es nicht gesichert: Microsoft öffnet es nur Outlook.',
  'Microsoft puts each message together anew from its parts: text, people, dates and attachments stay, the path it took and signatures over it do not.':
    'Microsoft setzt jede Nachricht aus ihren Teilen neu zusammen: Text, Personen, Daten und Anhänge bleiben, der Weg, den sie nahm, und Signaturen darüber nicht.',
  'Replies were to go to “{}”, which is no address for Microsoft: it was left out.':
    'Antworten sollten an „{1}“ gehen, das für Microsoft keine Adresse ist: Es wurde weggelassen.',
  'Outlook marks a message as answered or as forwarded: it is answered now.':
    'Outlook kennzeichnet eine Nachricht als beantwortet oder als weitergeleitet: Sie ist jetzt beantwortet.',
  'Outlook marks a message as flagged or as completed: it is flagged now.':
    'Outlook kennzeichnet eine Nachricht als markiert oder als erledigt: Sie ist jetzt markiert.',
  'It had no date of its own: it bears the one at which it came.': 'Sie hatte kein eigenes Datum: Sie trägt das ihres Eingangs.',
  'Microsoft takes no attachment of more than 150 MB.': 'Microsoft nimmt keinen Anhang über 150 MB an.',
  'Microsoft takes no message whose text alone has more than about 4 MB.':
    'Microsoft nimmt keine Nachricht an, deren Text allein mehr als etwa 4 MB hat.',

  // The disk, this computer, and a folder that something is brought back into.
  'The file is larger than the file system of this disk allows (4 GB on FAT32). A disk formatted as exFAT, NTFS, APFS or ext4 takes it.':
    'Die Datei ist größer, als dieser Datenträger erlaubt (4 GB bei FAT32). Einer mit exFAT, NTFS, APFS oder ext4 nimmt sie.',
  'What the vault had of it was damaged; it is fetched again with the next backup.':
    'Was davon gesichert war, war beschädigt; die nächste Sicherung holt es neu.',
  'Make room on the disk, or use a larger one.': 'Schaffen Sie Platz auf dem Datenträger, oder nehmen Sie einen größeren.',
  'Make room on the disk of this computer, then run the command again.':
    'Schaffen Sie Platz auf der Festplatte dieses Computers und versuchen Sie es dann noch einmal.',
  'Another Lifeboat works with this account at the same time.': 'Ein anderes Lifeboat arbeitet gerade mit diesem Konto.',
  'Wait until it has ended, then run the command again.':
    'Warten Sie, bis es zu Ende ist, und versuchen Sie es dann noch einmal.',
  'Lifeboat is busy with this vault already.': 'Lifeboat arbeitet schon mit diesem Datenträger.',
  'The vault holds nothing of an account "{}".': 'Auf dem Datenträger ist nichts von einem Konto „{1}“.',
  'There is no folder, address book or calendar "{}" in what was saved of the account.':
    'In dem, was von dem Konto gesichert ist, gibt es keinen Ordner, kein Adressbuch und keinen Kalender „{1}“.',
  'The vault is still empty.': 'Auf dem Datenträger ist noch nichts.',
  'Nothing of {} has been saved yet.': 'Von {1} wurde noch nichts gesichert.',
  'The file ends before the message.': 'Die Datei endet vor der Nachricht.',
  'The file ends within the message.': 'Die Datei endet mitten in der Nachricht.',
  'The message itself is whole, but the lines before it in the file were changed.':
    'Die Nachricht selbst ist unversehrt, aber die Zeilen davor in der Datei wurden geändert.',
  'The message itself is whole, but the empty line after it was changed.':
    'Die Nachricht selbst ist unversehrt, aber die leere Zeile danach wurde geändert.',
  '{} holds the journal of another run.': 'In {1} liegt das Protokoll einer anderen Sicherung.',
  'The journal of run {} is damaged after byte {}.': 'Das Protokoll der Sicherung {1} ist ab Byte {2} beschädigt.',
  'The message at byte {} of {} is not what was saved.': 'Die Nachricht ab Byte {1} von {2} ist nicht die gesicherte.',
  '{}: the provider lets only so much through in a minute, so this takes about {}. You can stop any time: the newest come first, and the next backup goes on from there.':
    '{1}: Der Anbieter lässt in jeder Minute nur eine bestimmte Menge durch, also dauert das etwa {2}. Sie können jederzeit anhalten: Die neuesten kommen zuerst, und die nächste Sicherung macht dort weiter.',
  '{} has come to the organisation, and is backed up from now on.':
    '{1} ist zur Organisation gekommen und wird von jetzt an gesichert.',
  '{} minutes': '{1} Minuten',
  '{} hours': '{1} Stunden',
  'There is no room left for {}.': 'Für {1} ist kein Platz mehr.',
  '{} may not be written by this user.': '{1} darf dieser Benutzer nicht schreiben.',
  'Choose another folder.': 'Wählen Sie einen anderen Ordner.',
  'The name {} is too long for this system.': 'Der Name {1} ist für dieses System zu lang.',
  'Another file is called “{}”: kept beside it as “{}”.': 'Eine andere Datei heißt „{1}“: daneben gelegt als „{2}“.',
  'What is at “{}” now would be kept elsewhere.': 'Was jetzt bei „{1}“ ist, würde anderswo aufbewahrt.',
  'What was at “{}” lies in {} now.': 'Was bei „{1}“ war, liegt jetzt in {2}.',
  'The keyword “{}” does not fit: a Maildir holds {} of them.':
    'Das Schlagwort „{1}“ passt nicht hinein: Ein Maildir fasst {2} davon.',
}
