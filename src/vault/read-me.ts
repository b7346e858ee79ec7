/** The text a person finds first on the disk. */
export const readMeText = `READ ME FIRST

This folder is a copy of one or more accounts - mail and, where they were
included, contacts, calendars and files - made by a program named Lifeboat.
You need neither that program nor the provider to use it: everything in the
folder "data" is in ordinary formats.


WHERE THINGS ARE

  data/<account>/Mail/<folder>/<year>.mbox   the messages, by folder and year
  data/<account>/Mail/index.csv              a list of all messages; opens in
                                             Excel, LibreOffice, Numbers
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
  or, with the program:            lifeboat verify --vault "this folder"


PLEASE

  Do not change, rename or delete files in here: copy them elsewhere first.
  This may be the only copy.
`
