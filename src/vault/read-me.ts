/** The text a person finds first on the disk. */
export const readMeText = `READ ME FIRST                                            (Deutsch: ganz unten)

This folder is a copy of one or more accounts - mail and, where they were
included, contacts, calendars and files - made by a program named Lifeboat.
You need neither that program nor the provider to use it.


THE QUICKEST WAY

  Double-click START HERE.html in this folder. It opens in any browser, on any
  computer, without a network: look through everything, search, print, save.
  If it is not there or does not open, nothing is lost: what it shows is in the
  folder "data", in ordinary formats, and the rest of this page is about them.


IF THE PROVIDER HAS LOCKED THE ACCOUNT

  Nothing in this folder changes by that. Delete nothing, here, on your phone
  or in your mail program, and do not remove the account from them: what they
  still hold of it would be gone. To go on with another provider, open Lifeboat
  on any computer, choose "I already have a Lifeboat disk", then "Bring back".


WHERE THINGS ARE

  data/<account>/Mail/<folder>/<year>.mbox   the messages, by folder and year
  data/<account>/Mail/index.csv              a list of all messages; opens in
                                             Excel, LibreOffice, Numbers
  data/<account>/Mail/Attachments/<year>/    documents and pictures that came
                                             by mail, as ordinary files
  data/<account>/Contacts/<book>.vcf         the contacts
  data/<account>/Calendars/<calendar>.ics    the events and tasks
  data/<account>/Files/<drive>/              the files, with their own names
  data/<account>/Files/index.csv             a list of all files
  data/<account>/Originals/                  contacts and events as the provider
                                             itself describes them, where the
                                             files above were made from that
  data/<account>/History/<time>/             what was changed or removed later,
                                             under the name it had
  data/<account>/Journal/                    what each backup did
  proofs/                                    what was shown to come back, when


HOW TO READ THE MAIL

  Thunderbird (Windows, Mac, Linux): install it, then copy a .mbox file into
  the folder of "Local Folders" (Settings > Account Settings > Local Folders >
  Local Directory) while Thunderbird is closed.
  Apple Mail: File > Import Mailboxes > Files in mbox format.
  Any text editor opens an .mbox file as well.
  Copy the files first and open the copies: some programs change what they open.

  A message that was moved or deleted at the provider stays in its file;
  index.csv says which ones those are.


HOW TO USE CONTACTS, CALENDARS AND FILES

  Contacts and calendars: every address book and calendar program imports a
  .vcf or .ics file (often by double-click). A folder beside it with the same
  name holds the few entries that such programs might refuse.
  Files: open or copy them. Where a name was not possible on every computer,
  a few characters of it are written as = and two digits or letters;
  index.csv has the true names.
  An earlier version, or something that was deleted at the provider, is in
  "History", in the folder of the backup that noticed it.


HOW TO CHECK THAT NOTHING IS DAMAGED

  In a terminal, in this folder:   sha256sum -c manifest-sha256.txt
  (on a Mac:                       shasum -a 256 -c manifest-sha256.txt)
  or, with the program:            "Check the disk" in Lifeboat's window, or
                                   lifeboat verify --vault "this folder"


PLEASE

  Do not change, rename or delete files in here: copy them elsewhere first.
  This may be the only copy.


AUF DEUTSCH

  Dieser Ordner ist eine Kopie eines oder mehrerer Konten (E-Mail und, wo sie
  dazugehören, Kontakte, Kalender und Dateien). Gemacht hat sie das Programm
  Lifeboat; zum Lesen brauchen Sie weder das Programm noch den Anbieter.

  Am schnellsten: START HERE.html mit einem Doppelklick öffnen. Es zeigt alles
  in jedem Browser, auf jedem Computer, ohne Netz. Fehlt es oder öffnet es
  sich nicht, ist nichts verloren: Im Ordner "data" liegt alles in gewöhnlichen
  Dateien. E-Mails (.mbox) öffnen Thunderbird und Apple Mail, Kontakte (.vcf)
  und Kalender (.ics) liest jedes Adressbuch und jeder Kalender ein, Dateien
  liegen unter ihren Namen da, Früheres und Gelöschtes in "History". Was eine
  Nachricht ist und wo sie liegt, steht in Mail/index.csv (Excel, LibreOffice).

  Hat der Anbieter das Konto gesperrt: Hier ändert sich dadurch nichts. Löschen
  Sie nichts, auch nicht auf Telefon oder Computer, und entfernen Sie dort das
  Konto nicht. Um bei einem anderen Anbieter weiterzumachen, öffnen Sie Lifeboat
  auf einem beliebigen Computer, wählen "Ich habe schon einen
  Lifeboat-Datenträger" und dann "Zurückholen".

  Bitte nichts in diesem Ordner ändern, umbenennen oder löschen: Kopieren Sie es
  zuerst anderswohin. Vielleicht ist dies die einzige Kopie.
`
