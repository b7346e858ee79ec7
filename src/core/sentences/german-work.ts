/**
 * What the parts of the program say while they work, in German: findings, reasons, losses, notices. `{}` stands for what differs;
 * `{1}`, `{2}` … for the same in German, in the order in which it came.
 */
export const workSentences: Readonly<Record<string, string>> = {
  // The sign-in is tried.
  'Signed in to Google as {}.': 'Bei Google angemeldet als {1}.',
  'Signed in to Microsoft as {}.': 'Bei Microsoft angemeldet als {1}.',
  'Gmail: Google counts {} messages, spam and trash included.': 'Gmail: Google zählt {1} Nachrichten, mit Spam und Papierkorb.',
  'Contacts: Google counts {}, other contacts left out.': 'Kontakte: Google zählt {1}, ohne „andere Kontakte“.',
  'Drive: Google counts {} in use.': 'Drive: Google zählt {1} belegt.',
  'Calendars: Google has {}, shared and subscribed ones included.': 'Kalender: Google hat {1}, mit geteilten und abonnierten.',
  'Check the user name (often the whole address) and the password. Many providers want an app password for programs.':
    'Prüfen Sie den Benutzernamen (oft die ganze Adresse) und das Passwort. Viele Anbieter wollen für Programme ein App-Passwort.',
  '{} takes no password over a connection that is not encrypted. Choose TLS or STARTTLS.':
    '{1} nimmt ohne Verschlüsselung kein Passwort an. Wählen Sie TLS oder STARTTLS.',
  'The certificate of {} has expired. The provider has to renew it; check also that the clock of this computer is right.':
    'Das Zertifikat von {1} ist abgelaufen. Der Anbieter muss es erneuern; prüfen Sie auch, ob die Uhr dieses Computers stimmt.',
  'The certificate of {} is not valid yet. Check that the clock of this computer is right.':
    'Das Zertifikat von {1} gilt noch nicht. Prüfen Sie, ob die Uhr dieses Computers stimmt.',
  'The certificate of {} was revoked. Do not go on; ask the provider.':
    'Das Zertifikat von {1} wurde widerrufen. Machen Sie nicht weiter; fragen Sie den Anbieter.',
  '{} answers STARTTLS with something that is not TLS.': '{1} antwortet auf STARTTLS mit etwas, das kein TLS ist.',
  'The connection is encrypted (TLS), and the certificate of {} is valid.':
    'Die Verbindung ist verschlüsselt (TLS), und das Zertifikat von {1} ist gültig.',
  'The connection is encrypted (STARTTLS), and the certificate of {} is valid.':
    'Die Verbindung ist verschlüsselt (STARTTLS), und das Zertifikat von {1} ist gültig.',
  'The connection is not encrypted; it does not leave this computer.':
    'Die Verbindung ist nicht verschlüsselt; sie verlässt diesen Computer nicht.',
  'The connection to {} is not encrypted: anyone on the way can read the mail and the password.':
    'Die Verbindung zu {1} ist nicht verschlüsselt: Unterwegs kann jeder die E-Mails und das Passwort lesen.',
  'The connection to {} is encrypted (TLS).': 'Die Verbindung zu {1} ist verschlüsselt (TLS).',
  'The connection to {} is not encrypted; it does not leave this computer.':
    'Die Verbindung zu {1} ist nicht verschlüsselt; sie verlässt diesen Computer nicht.',
  'The connection to {} is not encrypted: anyone on the way can read the data and the password.':
    'Die Verbindung zu {1} ist nicht verschlüsselt: Unterwegs kann jeder die Daten und das Passwort lesen.',
  'It says itself what is new, changed and gone, so later runs are quick.':
    'Er sagt selbst, was neu, geändert und fort ist; spätere Sicherungen gehen also schnell.',
  'It says itself what is new and changed, so later runs are quick; what is gone is found by comparing lists.':
    'Er sagt selbst, was neu und geändert ist; spätere Sicherungen gehen also schnell. Was fort ist, zeigt der Vergleich der Listen.',
  'It cannot say what has changed, so later runs compare lists: slower, and just as complete.':
    'Er kann nicht sagen, was sich geändert hat; spätere Sicherungen vergleichen Listen: langsamer und genauso vollständig.',
  'Moved messages are recognised at once.': 'Verschobene Nachrichten werden sofort erkannt.',
  'Moved messages are recognised by their headers.': 'Verschobene Nachrichten werden an ihren Kopfzeilen erkannt.',
  'The password is right, but the provider does not open the mailbox. Sign in once in a browser and see that IMAP is switched on there.':
    'Das Passwort stimmt, aber der Anbieter öffnet das Postfach nicht. Melden Sie sich einmal in einem Browser an und sehen Sie nach, ob IMAP dort eingeschaltet ist.',
  '{} accepts the user name and the password.': '{1} nimmt Benutzernamen und Passwort an.',
  '{} is an address, so no name has to be looked up.': '{1} ist eine Adresse, also muss kein Name gesucht werden.',
  'The server name {} is known.': 'Der Servername {1} ist bekannt.',
  'There is no server with the name {}. Check the spelling, and whether this computer is online.':
    'Es gibt keinen Server mit dem Namen {1}. Prüfen Sie die Schreibweise, und ob dieser Computer im Netz ist.',
  'The name {} could not be looked up. Check whether this computer is online.':
    'Der Name {1} konnte nicht gesucht werden. Prüfen Sie, ob dieser Computer im Netz ist.',
  '{} can be reached on port {}.': '{1} ist am Port {2} erreichbar.',
  'Files: {} accepts the user name and the password, and shows the folder with the files.':
    'Dateien: {1} nimmt Benutzernamen und Passwort an und zeigt den Ordner mit den Dateien.',

  // A sign-in that is going to end.
  'This sign-in ends on {}, because your Google project is in the state "Testing". Press "Publish app" at {} and sign in again; then it lasts.':
    'Diese Anmeldung endet am {1}, weil Ihr Google-Projekt im Zustand „Test“ ist. Drücken Sie unter {2} „App veröffentlichen“ und melden Sie sich neu an; dann hält sie.',
  'This sign-in ends in about {} days unless a backup runs before.':
    'Diese Anmeldung endet in etwa {1} Tagen, wenn vorher keine Sicherung läuft.',

  // Why something is not saved, or is saved anew.
  'Its copy on the disk is damaged or missing, and it could not be fetched anew yet.':
    'Die Kopie auf dem Datenträger ist beschädigt oder fehlt und konnte noch nicht neu geholt werden.',
  'The server did not send it.': 'Der Server schickte es nicht.',
  'The server cannot say at the moment what this is (HTTP {}); what was saved of it stays.':
    'Der Server kann gerade nicht sagen, was das ist (HTTP {1}); was davon gesichert wurde, bleibt.',
  'The next backup tries again. If it stays so, ask whoever runs the server.':
    'Die nächste Sicherung versucht es wieder. Bleibt es so, fragen Sie, wer den Server betreibt.',
  'The provider does not list this folder any more; what was saved stays.':
    'Der Anbieter führt diesen Ordner nicht mehr auf; was gesichert wurde, bleibt.',
  'There is not enough room on the disk: {} are to be saved, {} are free. Nothing of it was downloaded.':
    'Auf dem Datenträger ist nicht genug Platz: {1} sind zu sichern, {2} sind frei. Davon wurde nichts geholt.',
  '{}: an item is damaged or missing on the disk. What the provider still has is fetched anew.':
    '{1}: Ein Eintrag ist auf dem Datenträger beschädigt oder fehlt. Was der Anbieter noch hat, wird neu geholt.',
  '{}: {} items are damaged or missing on the disk. What the provider still has is fetched anew.':
    '{1}: {2} Einträge sind auf dem Datenträger beschädigt oder fehlen. Was der Anbieter noch hat, wird neu geholt.',
  '{}: what was damaged in {} is saved anew elsewhere in the vault. The list of checksums does not ask for it any more.':
    '{1}: Was in {2} beschädigt war, ist an anderer Stelle neu gesichert. Die Liste der Prüfsummen verlangt es nicht mehr.',
  '{}: what was damaged in {} is saved anew elsewhere in the vault. It is kept, and the list of checksums has it as it is now.':
    '{1}: Was in {2} beschädigt war, ist an anderer Stelle neu gesichert. Das Beschädigte bleibt, und die Liste der Prüfsummen führt es, wie es jetzt ist.',
  '{}: a message that is not in the account any more was saved anew from a file that another program has changed.':
    '{1}: Eine Nachricht, die nicht mehr im Konto ist, wurde aus einer Datei neu gesichert, die ein anderes Programm geändert hat.',
  '{}: {} messages that are not in the account any more were saved anew from a file that another program has changed.':
    '{1}: {2} Nachrichten, die nicht mehr im Konto sind, wurden aus einer Datei neu gesichert, die ein anderes Programm geändert hat.',
  '{}: something was added to {} that no backup wrote. It is kept, and the list of checksums has the file as it is now.':
    '{1}: In {2} ist etwas dazugekommen, das keine Sicherung schrieb. Es bleibt, und die Liste der Prüfsummen führt die Datei, wie sie jetzt ist.',
  'The list of checksums was missing or damaged and is made anew. Check the disk afterwards (lifeboat verify).':
    'Die Liste der Prüfsummen fehlte oder war beschädigt und wird neu gemacht. Prüfen Sie danach den Datenträger.',
  '{}: the journal of run {} is damaged. Check the disk (lifeboat verify).':
    '{1}: Das Protokoll der Sicherung {2} ist beschädigt. Prüfen Sie den Datenträger.',
  '{}: a part of {} cannot be read from the disk any more. It is kept beside as “{}”; a new one was made of what can be read, and what the provider still has of the rest is fetched anew.':
    '{1}: Ein Teil von {2} lässt sich nicht mehr vom Datenträger lesen. Die Datei bleibt als „{3}“ daneben; eine neue wurde aus dem gemacht, was sich lesen lässt, und was der Anbieter vom Rest noch hat, wird neu geholt.',
  '{}: {} is not as it was left. It was not touched; new messages went into another file. Check the disk (lifeboat verify).':
    '{1}: {2} ist nicht, wie es zurückgelassen wurde. Es blieb unberührt; neue Nachrichten kamen in eine andere Datei. Prüfen Sie den Datenträger.',

  // What a check of the disk finds.
  'It is not what was saved.': 'Es ist nicht das Gesicherte.',
  'It is missing with its file.': 'Es fehlt mitsamt seiner Datei.',
  'It cannot be read.': 'Es ist nicht lesbar.',
  'The last run was interrupted or is under way. The next backup puts everything in order by itself.':
    'Die letzte Sicherung wurde unterbrochen oder läuft noch. Die nächste bringt alles von selbst in Ordnung.',
  'The checksums of the tag files are missing or unreadable. The next backup writes them anew.':
    'Die Prüfsummen der Begleitdateien fehlen oder sind nicht lesbar. Die nächste Sicherung schreibt sie neu.',
  'bag-info.txt is missing or damaged. The next backup writes it anew.':
    'bag-info.txt fehlt oder ist beschädigt. Die nächste Sicherung schreibt es neu.',
  '{} is not what was written, or its checksum is not. The next backup writes both anew.':
    '{1} ist nicht das Geschriebene, oder die Prüfsumme ist es nicht. Die nächste Sicherung schreibt beides neu.',
  'The list of checksums is missing or damaged. Everything was checked by its own; the next backup makes it anew.':
    'Die Liste der Prüfsummen fehlt oder ist beschädigt. Alles wurde einzeln geprüft; die nächste Sicherung macht sie neu.',
  'The table is missing. The next backup writes it anew.': 'Die Tabelle fehlt. Die nächste Sicherung schreibt sie neu.',
  'The table was changed. The next backup writes it anew.': 'Die Tabelle wurde geändert. Die nächste Sicherung schreibt sie neu.',
  '{} cannot be read. Everything in it was saved anew elsewhere in the vault.':
    '{1} lässt sich nicht lesen. Alles, was darin war, ist an anderer Stelle neu gesichert.',
  '{} is missing. Everything in it was saved anew elsewhere in the vault.':
    '{1} fehlt. Alles, was darin war, ist an anderer Stelle neu gesichert.',
  '{} is missing. Its message is not; preparing the pages for looking inside writes it anew (lifeboat viewer).':
    '{1} fehlt. Die Nachricht fehlt nicht; werden die Seiten zum Hineinsehen vorbereitet, wird es neu geschrieben.',
  '{} is missing. The next backup writes it anew.': '{1} fehlt. Die nächste Sicherung schreibt es neu.',
  'Something was added to {} that no backup wrote; everything that was saved in it is whole.':
    'In {1} ist etwas dazugekommen, das keine Sicherung schrieb; alles darin Gesicherte ist unversehrt.',
  'The next backup lists it as it is now.': 'Die nächste Sicherung führt es auf, wie es jetzt ist.',
  'Something was added to {} that no backup wrote. It is left alone; everything that was saved in it is whole.':
    'In {1} ist etwas dazugekommen, das keine Sicherung schrieb. Es bleibt unberührt; alles darin Gesicherte ist unversehrt.',
  '{} is not in the list of checksums.': '{1} steht nicht in der Liste der Prüfsummen.',
  '{} is not what was saved. What is damaged in it was saved anew elsewhere in the vault.':
    '{1} ist nicht das Gesicherte. Was darin beschädigt ist, ist an anderer Stelle neu gesichert.',
  '{} is not what was saved. Its message is not touched; preparing the pages for looking inside writes it anew (lifeboat viewer).':
    '{1} ist nicht das Gesicherte. Die Nachricht ist unberührt; werden die Seiten zum Hineinsehen vorbereitet, wird es neu geschrieben.',
  '{} is not what was saved.': '{1} ist nicht das Gesicherte.',
  '{} was not written by a backup. It is left alone.': '{1} stammt aus keiner Sicherung. Es wird in Ruhe gelassen.',

  // What a restore cannot bring back as it was, or finds in its place.
  'Another version of it is there.': 'Dort ist eine andere Fassung davon.',
  'Another version of it is there: kept beside it.': 'Dort ist eine andere Fassung davon: daneben gelegt.',
  'Another version of it is there; it would be kept elsewhere.':
    'Dort ist eine andere Fassung davon; sie würde anderswo aufbewahrt.',
  'Another version of it is there, which cannot be replaced.':
    'Dort ist eine andere Fassung davon, die sich nicht ersetzen lässt.',
  'Another version of it is there: kept beside it, with the UID {}.':
    'Dort ist eine andere Fassung davon: daneben gelegt, mit der UID {1}.',
  'It is there without its picture; that would be added.': 'Es ist ohne sein Bild dort; das würde ergänzt.',
  'It was there without its picture; that was added.': 'Es war ohne sein Bild dort; das wurde ergänzt.',
  'It is there without {}; that would be added.': 'Dort fehlt {1}; das würde ergänzt.',
  'It was there without {}; that was added.': 'Dort fehlte {1}; das wurde ergänzt.',
  'It is there in part; what is missing would be added.': 'Es ist nur zum Teil dort; was fehlt, würde ergänzt.',
  'It was there in part; what was missing was added.': 'Es war nur zum Teil dort; was fehlte, wurde ergänzt.',
  'Another version of this contact is there.': 'Dort ist eine andere Fassung dieses Kontakts.',
  'The version that was there lies in {} now.': 'Die Fassung, die dort war, liegt jetzt in {1}.',
  'Another file of this name is there.': 'Dort ist eine andere Datei dieses Namens.',
  'Another file of this name is there: kept beside it, as {}.':
    'Dort ist eine andere Datei dieses Namens: daneben gelegt, als {1}.',
  'Another file of this name is there; it would be kept elsewhere.':
    'Dort ist eine andere Datei dieses Namens; sie würde anderswo aufbewahrt.',
  'The file that was there lies in {} now.': 'Die Datei, die dort war, liegt jetzt in {1}.',
  'Another file is in its place.': 'An seiner Stelle ist eine andere Datei.',
  'Another file is in its place: kept beside it as “{}”.': 'An seiner Stelle ist eine andere Datei: daneben gelegt als „{1}“.',
  'Another file is in its place; it would be kept elsewhere.':
    'An seiner Stelle ist eine andere Datei; sie würde anderswo aufbewahrt.',
  'It was changed at the target at this moment.': 'Es wurde am Ziel in diesem Augenblick geändert.',
  'The target did not say what became of it.': 'Das Ziel sagte nicht, was daraus wurde.',
  'The server did not keep the mark “{}”.': 'Der Server bewahrte die Markierung „{1}“ nicht.',
  'The server did not keep the label “{}”.': 'Der Server bewahrte das Label „{1}“ nicht.',
  'The server gave it another date of receipt: {}.': 'Der Server gab ihr ein anderes Empfangsdatum: {1}.',
  'The server changed its content, mostly line ends: {} bytes were sent, it has {}.':
    'Der Server änderte den Inhalt, meist nur Zeilenenden: {1} Byte wurden gesendet, er hat {2}.',
  'The server does not keep times of files: they are those of the restore.':
    'Der Server bewahrt keine Zeiten von Dateien: Es sind die des Zurückholens.',
  'Files of one message each (.eml) hold no marks such as read, answered or flagged.':
    'Dateien mit je einer Nachricht (.eml) halten keine Markierungen wie gelesen, beantwortet oder wichtig.',
  'It is too large for a contact or an event.': 'Es ist zu groß für einen Kontakt oder einen Termin.',
  'Gmail takes no drafts from a restore: they become ordinary messages.':
    'Gmail nimmt beim Zurückholen keine Entwürfe an: Sie werden gewöhnliche Nachrichten.',
  'Gmail takes no drafts from a restore: it is there as an ordinary message.':
    'Gmail nimmt beim Zurückholen keine Entwürfe an: Er ist dort als gewöhnliche Nachricht.',
  'Gmail takes no chats from a restore: it is there as an ordinary message.':
    'Gmail nimmt beim Zurückholen keine Chats an: Er ist dort als gewöhnliche Nachricht.',
  'Gmail has no mark for “answered”.': 'Gmail hat keine Markierung für „beantwortet“.',
  'Gmail gives it the date of the restore: it has no date of its own.':
    'Gmail gibt ihr das Datum des Zurückholens: Sie hat kein eigenes.',
  'Gmail shows the date that the message itself bears, {}.': 'Gmail zeigt das Datum, das in der Nachricht selbst steht: {1}.',
  'Gmail takes no message of more than 50 MB.': 'Gmail nimmt keine Nachricht über 50 MB an.',
  'Google has no field for {}.': 'Google hat kein Feld für {1}.',
  'Google takes one of these: {}.': 'Google nimmt nur eines davon an: {1}.',
  'Google keeps only reminders that come before the event.': 'Google bewahrt nur Erinnerungen vor dem Termin.',
  'Google keeps {} reminders.': 'Google bewahrt {1} Erinnerungen.',
  'Google wants a time zone for every event: where there was none, it is that of the calendar now.':
    'Google will für jeden Termin eine Zeitzone: Wo keine war, ist es jetzt die des Kalenders.',
  'Google does not know the time zone “{}”.': 'Google kennt die Zeitzone „{1}“ nicht.',
  'Google makes no event of this kind here ({}): it is an ordinary one now.':
    'Google legt Termine dieser Art hier nicht an ({1}): Es ist jetzt ein gewöhnlicher.',
  'Google Calendar takes events; this is a task or a journal entry.':
    'Google Kalender nimmt Termine an; dies ist eine Aufgabe oder ein Journaleintrag.',
  'Outlook takes events; this is a task or a journal entry.':
    'Outlook nimmt Termine an; dies ist eine Aufgabe oder ein Journaleintrag.',
  'It was an occurrence of a series that is not there: it stands alone now.':
    'Es war ein Termin einer Serie, die nicht da ist: Er steht jetzt allein.',
  '{} more occurrences of that series could not be added.': '{1} weitere Termine dieser Serie ließen sich nicht hinzufügen.',
  'Outlook has no field for {}.': 'Outlook hat kein Feld für {1}.',
  'Outlook cannot be told that an event was cancelled.': 'Outlook lässt sich nicht sagen, dass ein Termin abgesagt wurde.',
  'Outlook wants a time zone for every event: where there was none, it is UTC now.':
    'Outlook will für jeden Termin eine Zeitzone: Wo keine war, ist es jetzt UTC.',
  'Outlook does not know the time zone “{}”: the event is in UTC now.':
    'Outlook kennt die Zeitzone „{1}“ nicht: Der Termin steht jetzt in UTC.',
  'Outlook cannot repeat an event in this way ({}): only the first is there.':
    'Outlook kann einen Termin nicht so wiederholen ({1}): Nur der erste ist da.',
  'Outlook keeps one reminder for each event.': 'Outlook bewahrt eine Erinnerung je Termin.',
  'Outlook keeps only reminders that come before the event.': 'Outlook bewahrt nur Erinnerungen vor dem Termin.',
  'Outlook takes no links as attachments of an event.': 'Outlook nimmt keine Links als Anhänge eines Termins an.',
  'Outlook gives every event an identifier of its own (iCalUId). Its UID is noted in the event, where only Lifeboat looks: an update that its organiser sends will not find it.':
    'Outlook gibt jedem Termin eine eigene Kennung (iCalUId). Die UID ist im Termin vermerkt, wo nur Lifeboat nachsieht: Eine Änderung, die der Veranstalter schickt, findet ihn nicht.',
  'Where a month has no such day, Outlook puts the event on its last one.':
    'Wo ein Monat diesen Tag nicht hat, legt Outlook den Termin auf den letzten.',
  'The attachment {} is too large to be added again.': 'Der Anhang {1} ist zu groß, um wieder hinzugefügt zu werden.',
  'The picture was not taken: it is too large.': 'Das Bild wurde nicht angenommen: Es ist zu groß.',
  'An address stands in one piece.': 'Eine Adresse steht in einem Stück.',
  'Microsoft takes no message of more than 150 MB.': 'Microsoft nimmt keine Nachricht über 150 MB an.',
  'OneDrive does not take the name {}: it is {} there.': 'OneDrive nimmt den Namen {1} nicht an: Dort heißt es {2}.',
  'An occurrence is as the series has it: {}': 'Ein Termin ist so, wie die Serie ihn hat: {1}',
  'The message is too large to be taken apart; it can be saved whole where one looks inside (lifeboat show --raw).':
    'Die Nachricht ist zu groß, um zerlegt zu werden; beim Hineinsehen lässt sie sich ganz speichern.',
  'The proof lies on this computer, not in the vault: {}': 'Der Beweis liegt auf diesem Computer, nicht auf dem Datenträger: {1}',
  'Somebody else shares this; what was saved of it stays, and the next backup tries again.':
    'Das teilt jemand anderes; was davon gesichert ist, bleibt, und die nächste Sicherung versucht es wieder.',
  'Somebody else shares this; the next whole backup looks into it.':
    'Das teilt jemand anderes; die nächste vollständige Sicherung sieht hinein.',
  'Microsoft lets nobody in at the place that it named.': 'Microsoft lässt an dem Ort, den es nannte, niemanden ein.',
}
