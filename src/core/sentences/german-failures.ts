/** What exactly failed, and what to do about it where that is more particular than the kind of failure, in German. As `german-work.ts`. */
export const failureSentences: Readonly<Record<string, string>> = {
  // Servers and the way to them.
  'The server name {} cannot be found.': 'Der Servername {1} wurde nicht gefunden.',
  '{} refuses the connection.': '{1} lehnt die Verbindung ab.',
  '{} does not answer.': '{1} antwortet nicht.',
  '{} does not speak TLS on this port.': '{1} spricht an diesem Port kein TLS.',
  'The connection to {} broke.': 'Die Verbindung zu {1} brach ab.',
  'The connection broke.': 'Die Verbindung brach ab.',
  '{} cannot be found: there seems to be no internet.': '{1} ist nicht zu finden: Es scheint kein Internet da zu sein.',
  'The answer of {} is broken off or damaged.': 'Die Antwort von {1} brach ab oder ist beschädigt.',
  '{} gives answers that are no IMAP.': '{1} gibt Antworten, die kein IMAP sind.',
  '{} packs its answers in a way that Lifeboat does not know ({}).':
    '{1} packt seine Antworten auf eine Art, die Lifeboat nicht kennt ({2}).',
  '{} sends a web page instead of this item.': '{1} schickt statt dieses Eintrags eine Webseite.',
  'Sign in at the provider with a browser and see whether it asks something of you; then run the backup again.':
    'Melden Sie sich mit einem Browser beim Anbieter an und sehen Sie nach, ob er etwas von Ihnen will; sichern Sie dann noch einmal.',
  '{} sends more data than an honest server would.': '{1} schickt mehr Daten, als ein ehrlicher Server schicken würde.',
  '{} sends more data than an honest mail server would.': '{1} schickt mehr Daten, als ein ehrlicher Mailserver schicken würde.',
  'The certificate of {} is not to be trusted: {}.': 'Dem Zertifikat von {1} ist nicht zu trauen: {2}.',
  'Somebody interferes with the encryption of the connection to {}.':
    'Jemand mischt sich in die Verschlüsselung der Verbindung zu {1} ein.',
  '{} offers no encryption (STARTTLS), although the account demands it.':
    '{1} bietet keine Verschlüsselung (STARTTLS) an, obwohl das Konto sie verlangt.',
  'Something between this computer and {} answers in its place.':
    'Etwas zwischen diesem Computer und {1} antwortet an dessen Stelle.',
  'In a guest network, open the browser and sign in to the network first.':
    'Öffnen Sie in einem Gastnetz zuerst den Browser und melden Sie sich am Netz an.',
  'Try another network. In an office or school, its network may read along; ask who runs it.':
    'Versuchen Sie es in einem anderen Netz. In Büro oder Schule liest das Netz vielleicht mit; fragen Sie, wer es betreibt.',
  '{} has no room left for it (HTTP {}).': '{1} hat keinen Platz mehr dafür (HTTP {2}).',
  '{} does not permit this (HTTP {}).': '{1} erlaubt das nicht (HTTP {2}).',
  '{} says that this does not exist (HTTP {}).': '{1} sagt, dass es das nicht gibt (HTTP {2}).',
  '{} fails to answer this request (HTTP {}).': '{1} kann diese Anfrage nicht beantworten (HTTP {2}).',
  '{} does not accept this request (HTTP {}).': '{1} nimmt diese Anfrage nicht an (HTTP {2}).',
  '{} asks to slow down (HTTP {}).': '{1} bittet, langsamer zu machen (HTTP {2}).',
  '{} is out of order at the moment (HTTP {}).': '{1} ist gerade gestört (HTTP {2}).',
  'There is no room left in this account.': 'In diesem Konto ist kein Platz mehr.',

  // Google and Microsoft.
  'Google says that this account is locked.': 'Google sagt, dass dieses Konto gesperrt ist.',
  'Google says that this account is deleted.': 'Google sagt, dass dieses Konto gelöscht ist.',
  'Microsoft says that this account is locked.': 'Microsoft sagt, dass dieses Konto gesperrt ist.',
  'Microsoft says that this account is not there any more.': 'Microsoft sagt, dass es dieses Konto nicht mehr gibt.',
  'Google answers with a fault of its own (HTTP {}).': 'Google antwortet mit einem eigenen Fehler (HTTP {1}).',
  'Microsoft answers with a fault of its own (HTTP {}).': 'Microsoft antwortet mit einem eigenen Fehler (HTTP {1}).',
  'By the clock of this computer, the certificate of {} does not hold.':
    'Nach der Uhr dieses Computers gilt das Zertifikat von {1} nicht.',
  'Check the date, the time and the time zone of this computer. If they are right, try another network.':
    'Prüfen Sie Datum, Uhrzeit und Zeitzone dieses Computers. Stimmen sie, versuchen Sie es in einem anderen Netz.',
  'This account is without {}, or its administrator has switched it off.':
    'Dieses Konto hat kein {1}, oder die Verwaltung hat es ausgeschaltet.',
  'There is no room left in this Google account. What is missing comes when there is room and the restore is repeated.':
    'In diesem Google-Konto ist kein Platz mehr. Was fehlt, kommt, sobald dort Platz ist und das Zurückholen wiederholt wird.',
  'Google does not give this file out today, because it was downloaded too often.':
    'Google gibt diese Datei heute nicht heraus, weil sie zu oft heruntergeladen wurde.',
  'The folder for temporary files on this computer is full or cannot be written to.':
    'Der Ordner für vorübergehende Dateien auf diesem Computer ist voll oder nimmt nichts an.',
  'Google asks to slow down.': 'Google bittet, langsamer zu machen.',
  'Microsoft asks to slow down.': 'Microsoft bittet, langsamer zu machen.',
  'Google does not accept the sign-in.': 'Google nimmt die Anmeldung nicht an.',
  'Microsoft does not accept the sign-in.': 'Microsoft nimmt die Anmeldung nicht an.',
  'Google does not have this any more.': 'Google hat das nicht mehr.',
  'Microsoft does not have this any more.': 'Microsoft hat das nicht mehr.',
  'Google did not let you sign in ({}).': 'Google ließ Sie nicht hinein ({1}).',
  'Google refuses to go on with the sign-in ({}).': 'Google setzt die Anmeldung nicht fort ({1}).',
  'Microsoft refuses to go on with the sign-in ({}).': 'Microsoft setzt die Anmeldung nicht fort ({1}).',
  'The sign-in was cancelled in the browser.': 'Die Anmeldung wurde im Browser abgebrochen.',
  'Nobody signed in within the time.': 'In der Zeit dafür hat sich niemand angemeldet.',
  'Try again.': 'Versuchen Sie es noch einmal.',
  'Try again, and press Continue or Allow on every page.':
    'Versuchen Sie es noch einmal und drücken Sie auf jeder Seite „Weiter“ oder „Zulassen“.',
  'Try again, and tick every box on the page on which Google asks what the app may do.':
    'Versuchen Sie es noch einmal und setzen Sie auf der Seite, auf der Google fragt, was die App darf, jeden Haken.',
  'Try again, and press Accept on the page that asks what Lifeboat may do.':
    'Versuchen Sie es noch einmal und drücken Sie auf der Seite, die fragt, was Lifeboat darf, „Akzeptieren“.',
  'Try again, and accept all that Microsoft lists on its page.':
    'Versuchen Sie es noch einmal und nehmen Sie alles an, was Microsoft auf seiner Seite aufführt.',
  'Google did not accept the answer of the browser: it was too old or was used before.':
    'Google nahm die Antwort des Browsers nicht an: Sie war zu alt oder schon benutzt.',
  'The administrator of this account does not let the app in.': 'Die Verwaltung dieses Kontos lässt die App nicht hinein.',
  'Ask the administrator to trust the app (Admin console, Security, API controls).':
    'Bitten Sie die Verwaltung, der App zu vertrauen (Admin-Konsole, Sicherheit, API-Steuerung).',
  'The administrator of this account has to allow Lifeboat first.': 'Die Verwaltung dieses Kontos muss Lifeboat zuerst erlauben.',
  'The organisation of this account wants a new sign-in after some hours.':
    'Die Organisation dieses Kontos verlangt nach einigen Stunden eine neue Anmeldung.',
  'The organisation of this account wants a new sign-in from time to time.':
    'Die Organisation dieses Kontos verlangt von Zeit zu Zeit eine neue Anmeldung.',
  'The organisation of this account wants a second proof that it is you.':
    'Die Organisation dieses Kontos verlangt einen zweiten Nachweis, dass Sie es sind.',
  'A rule of the organisation (conditional access) does not let Lifeboat in from this computer.':
    'Eine Regel der Organisation (bedingter Zugriff) lässt Lifeboat von diesem Computer nicht hinein.',
  'Ask the administrator which devices and programs the rule allows, or to leave Lifeboat out of it.':
    'Fragen Sie die Verwaltung, welche Geräte und Programme die Regel erlaubt, oder bitten Sie um eine Ausnahme für Lifeboat.',
  'Google does not know the client that this account signs in with: it was deleted, or the Google project is gone.':
    'Google kennt den Client nicht, mit dem sich dieses Konto anmeldet: Er wurde gelöscht, oder das Google-Projekt ist fort.',
  'Google does not believe the clock of this computer.': 'Google glaubt der Uhr dieses Computers nicht.',
  'Google does not say whose account this is.': 'Google sagt nicht, wessen Konto das ist.',
  'Microsoft does not say whose account this is.': 'Microsoft sagt nicht, wessen Konto das ist.',
  'The sign-in has ended after 7 days. Google does this while your project is in the state "Testing".':
    'Die Anmeldung endete nach 7 Tagen. Google macht das, solange Ihr Projekt im Zustand „Test“ ist.',
  'The sign-in has ended because it was not used for six months.':
    'Die Anmeldung endete, weil sie sechs Monate nicht benutzt wurde.',
  'The sign-in has ended because it was not used for 90 days.': 'Die Anmeldung endete, weil sie 90 Tage nicht benutzt wurde.',
  'The sign-in is not valid any more: the password of the account was changed, or the access was taken back.':
    'Die Anmeldung gilt nicht mehr: Das Passwort des Kontos wurde geändert oder der Zugang zurückgenommen.',
  'The password of this account has run out.': 'Das Passwort dieses Kontos ist abgelaufen.',
  'Microsoft has blocked the sign-in for a while, after too many wrong tries.':
    'Microsoft hat die Anmeldung nach zu vielen falschen Versuchen für eine Weile gesperrt.',
  'Microsoft does not know the program that this account signs in with: the registration was deleted, or belongs to another organisation.':
    'Microsoft kennt das Programm nicht, mit dem sich dieses Konto anmeldet: Die Registrierung wurde gelöscht oder gehört zu einer anderen Organisation.',
  'The registration at Microsoft does not allow public client flows.':
    'Die Registrierung bei Microsoft lässt öffentliche Clientflows nicht zu.',
  'The registration at Microsoft is not for this kind of account.':
    'Die Registrierung bei Microsoft ist nicht für Konten dieser Art.',
  'At the sign-in it was not allowed to read this.': 'Bei der Anmeldung wurde nicht erlaubt, das zu lesen.',
  'At the sign-in it was not allowed to do this.': 'Bei der Anmeldung wurde das nicht erlaubt.',
  'The {} is not switched on in your Google project.': 'In Ihrem Google-Projekt ist {1} nicht eingeschaltet.',
  'Open {} and press "Enable". Google may need a few minutes until it works.':
    'Öffnen Sie {1} und drücken Sie „Aktivieren“. Es kann einige Minuten dauern, bis es wirkt.',
  'There is no sign-in stored for this account.': 'Für dieses Konto ist keine Anmeldung gespeichert.',
  'The stored sign-in of this account cannot be understood.': 'Die gespeicherte Anmeldung dieses Kontos ist nicht verständlich.',
  'The account "{}" belongs to {}, and you signed in as {}. Nothing has changed.':
    'Das Konto „{1}“ gehört {2}, und Sie haben sich als {3} angemeldet. Nichts hat sich geändert.',
  'This sign-in is not known any more.': 'Diese Anmeldung ist nicht mehr bekannt.',

  // Disks and what is on them.
  '"{}" is not plugged in.': '„{1}“ ist nicht angeschlossen.',
  'Plug in "{}" and try again.': 'Schließen Sie „{1}“ an und versuchen Sie es noch einmal.',
  'This disk is not known any more.': 'Dieser Datenträger ist nicht mehr bekannt.',
  'The disk is not there any more.': 'Der Datenträger ist nicht mehr da.',
  'Plug it in and choose it again.': 'Schließen Sie ihn an und wählen Sie ihn noch einmal.',
  'There is no Lifeboat backup in this folder.': 'In diesem Ordner ist keine Sicherung von Lifeboat.',
  'Choose the disk, or the folder on it that holds “START HERE.html”.':
    'Wählen Sie den Datenträger oder den Ordner darauf, in dem „START HERE.html“ liegt.',
  'The folder for the backup cannot be made on this disk.':
    'Der Ordner für die Sicherung lässt sich auf diesem Datenträger nicht anlegen.',
  'Choose another disk, or remove its write protection.':
    'Wählen Sie einen anderen Datenträger oder heben Sie den Schreibschutz auf.',
  'The vault in {} was written by a newer version of Lifeboat.':
    'Die Sicherung in {1} hat eine neuere Version von Lifeboat geschrieben.',
  'Install the newest version of Lifeboat and run the command again.':
    'Installieren Sie die neueste Version von Lifeboat und versuchen Sie es noch einmal.',
  '{} holds other files and is not a vault.': 'In {1} liegen andere Dateien und keine Sicherung.',
  'Choose an empty folder, or one that does not exist yet.': 'Wählen Sie einen leeren Ordner oder einen, den es noch nicht gibt.',
  'Lifeboat is still working with this disk.': 'Lifeboat arbeitet noch mit diesem Datenträger.',
  'Wait until it has ended, or stop it.': 'Warten Sie, bis es zu Ende ist, oder halten Sie es an.',
  'The system does not let the disk go: another program is using it.':
    'Das System gibt den Datenträger nicht frei: Ein anderes Programm benutzt ihn.',
  'Close what is open from the disk and try again, or use the eject button of your file manager.':
    'Schließen Sie, was vom Datenträger offen ist, und versuchen Sie es noch einmal, oder nehmen Sie „Auswerfen“ Ihres Dateimanagers.',
  'The system cannot be asked to eject the disk from here.': 'Von hier aus lässt sich das Auswerfen nicht veranlassen.',
  'Everything is written. Use the eject button of your file manager.':
    'Alles ist geschrieben. Nehmen Sie „Auswerfen“ Ihres Dateimanagers.',
  'This folder lies on no disk that can be ejected.': 'Dieser Ordner liegt auf keinem Datenträger, der sich auswerfen lässt.',
  'Everything is written. There is nothing to unplug.': 'Alles ist geschrieben. Es gibt nichts abzuziehen.',
  'The pages for looking at this disk were not made yet.': 'Die Seiten zum Hineinsehen wurden noch nicht vorbereitet.',
  'Back up once, or let Lifeboat make them now.': 'Sichern Sie einmal, oder lassen Sie sie jetzt vorbereiten.',
  'The vault is being written by {}.': 'Auf den Datenträger schreibt gerade {1}.',
  '{} on {} did not finish with this vault.': '{1} auf {2} wurde mit diesem Datenträger nicht fertig.',
  'Watching for {} seconds whether it is still in use.': '{1} Sekunden lang wird geschaut, ob er noch benutzt wird.',
  'The journal {} is missing, so it is not certain what belongs to the vault.':
    'Das Protokoll {1} fehlt; so ist nicht sicher, was zur Sicherung gehört.',
  'The journal {} is damaged, so it is not certain what belongs to the vault.':
    'Das Protokoll {1} ist beschädigt; so ist nicht sicher, was zur Sicherung gehört.',
  'Do not delete anything.': 'Löschen Sie nichts.',
  'If you have another copy of this vault, copy that file from there.':
    'Haben Sie eine weitere Kopie dieser Sicherung, kopieren Sie die Datei von dort.',
  'Else keep the vault as it is, which can be looked into and restored from, and back up into a new folder.':
    'Sonst behalten Sie die Sicherung, wie sie ist, denn daraus lässt sich ansehen und zurückholen, und sichern Sie in einen neuen Ordner.',
  'Lifeboat is ending, so nothing new begins.': 'Lifeboat wird beendet; Neues beginnt nicht mehr.',
  'The folder {} is not there.': 'Der Ordner {1} ist nicht da.',
  'Plug in the disk that it is on.': 'Schließen Sie den Datenträger an, auf dem er liegt.',
  '{} was written by a later version of Lifeboat.': '{1} stammt von einer neueren Version von Lifeboat.',
  'Install the newest Lifeboat on this computer; nothing is changed meanwhile. No vault is affected.':
    'Installieren Sie auf diesem Computer das neueste Lifeboat; bis dahin wird nichts geändert. Keine Sicherung ist betroffen.',
  '{} has come to the organisation, but is not backed up.': '{1} ist zur Organisation gekommen, wird aber nicht gesichert.',
  'Wait until the other run has ended. If it was broken off, the vault is free again {} minutes after that.':
    'Warten Sie, bis die andere Arbeit zu Ende ist. Brach sie ab, ist der Datenträger {1} Minuten danach wieder frei.',
  'There is no room left on the disk to write {}.': 'Auf dem Datenträger ist kein Platz mehr für {1}.',
  "There is no room left on this computer's own disk for Lifeboat's working files.":
    'Auf der Festplatte dieses Computers ist kein Platz mehr für Lifeboats Arbeitsdateien.',
  "This computer's own disk does not take Lifeboat's working files.":
    'Die Festplatte dieses Computers nimmt Lifeboats Arbeitsdateien nicht an.',
  '{} cannot be written ({}).': '{1} lässt sich nicht schreiben ({2}).',
  '{} cannot be read ({}).': '{1} lässt sich nicht lesen ({2}).',
  '{} is not there any more.': '{1} ist nicht mehr da.',
  'The folder cannot be opened from here.': 'Der Ordner lässt sich von hier aus nicht öffnen.',
  'It is {}': 'Er ist {1}',
  'There is no vault in {}.': 'In {1} ist keine Sicherung.',
  '{} is a part of the vault.': '{1} gehört zur Sicherung.',
  'Choose another folder. The vault stays as it is.': 'Wählen Sie einen anderen Ordner. Die Sicherung bleibt, wie sie ist.',
  '{} is a file.': '{1} ist eine Datei.',
  'Choose a folder.': 'Wählen Sie einen Ordner.',
  'The vault that was in {} is not there; its disk seems not to be plugged in.':
    'Die Sicherung, die in {1} war, ist nicht da; ihr Datenträger ist anscheinend nicht angeschlossen.',
  '{} holds another vault than the one that was there before.': 'In {1} ist eine andere Sicherung als die, die vorher dort war.',

  'It is not clear where “{}” is.': 'Es ist nicht klar, wo „{1}“ ist.',
  'Give the whole path, as the file manager shows it: it begins with / or, on Windows, with the letter of a drive.':
    'Geben Sie den ganzen Pfad an, wie ihn der Dateimanager zeigt: Er beginnt mit / oder unter Windows mit dem Buchstaben eines Laufwerks.',

  // Accounts and settings of this computer.
  'There is an account "{}" already.': 'Es gibt schon ein Konto „{1}“.',
  'There is no account "{}".': 'Es gibt kein Konto „{1}“.',
  'The password is empty.': 'Das Passwort ist leer.',
  'The settings in {} cannot be understood.': 'Die Einstellungen in {1} sind nicht verständlich.',
  'Move the file away; you choose your disk again, and everything on it is still there.':
    'Verschieben Sie die Datei; Sie wählen Ihren Datenträger neu, und alles darauf ist noch da.',
  'Mend the file or move it away and add the accounts again. Lifeboat does not overwrite it. No vault is affected.':
    'Bringen Sie die Datei in Ordnung, oder verschieben Sie sie und fügen Sie die Konten neu hinzu. Lifeboat überschreibt sie nicht. Auf keinem Datenträger ist etwas betroffen.',
  'Another Lifeboat is changing the accounts on this computer.':
    'Ein anderes Lifeboat ändert gerade die Konten auf diesem Computer.',
  'No accounts are set up on this computer.': 'Auf diesem Computer sind keine Konten eingerichtet.',
  'Choose at least one thing to save.': 'Wählen Sie mindestens eines, das gesichert wird.',
  'Lifeboat is not running any more.': 'Lifeboat läuft nicht mehr.',
  'Stopped.': 'Angehalten.',
}
