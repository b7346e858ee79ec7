/** What providers want before the first run, and their limits (`preset-table.ts` of the providers), in German. */
export const presetSentences: Readonly<Record<string, string>> = {
  'Open account.apple.com in a browser and sign in. Two-factor authentication has to be on.':
    'Öffnen Sie account.apple.com in einem Browser und melden Sie sich an. Die Zwei-Faktor-Authentifizierung muss eingeschaltet sein.',
  'Open Sign-In and Security > App-Specific Passwords and create one with the name Lifeboat.':
    'Öffnen Sie „Anmeldung und Sicherheit“ > „App-spezifische Passwörter“ und erstellen Sie eines mit dem Namen Lifeboat.',
  'Copy the password (it looks like abcd-efgh-ijkl-mnop) and give it to Lifeboat. The password of your Apple account is not accepted.':
    'Kopieren Sie das Passwort (es sieht aus wie abcd-efgh-ijkl-mnop) und geben Sie es hier ein. Das Passwort Ihres Apple-Accounts wird nicht angenommen.',
  'For mail the user name is the part of your iCloud address before the @; if that is refused, use the whole address. With a domain of your own, use your iCloud address.':
    'Für E-Mail ist der Benutzername der Teil Ihrer iCloud-Adresse vor dem @; wird er abgelehnt, nehmen Sie die ganze Adresse. Mit einer eigenen Domain nehmen Sie Ihre iCloud-Adresse.',
  'For contacts and calendars the user name is the address with which you sign in at Apple.':
    'Für Kontakte und Kalender ist der Benutzername die Adresse, mit der Sie sich bei Apple anmelden.',
  'Apple lets no other program into iCloud Drive and Photos with an app password. Ask for a copy at privacy.apple.com and add it as an archive account.':
    'Apple lässt mit einem App-Passwort kein anderes Programm an iCloud Drive und Fotos. Fordern Sie unter privacy.apple.com eine Kopie an und fügen Sie sie als „Eine Kopie, die ich schon habe“ hinzu.',
  'Open myaccount.google.com/security in a browser and switch on 2-Step Verification. Google offers app passwords only then.':
    'Öffnen Sie myaccount.google.com/security in einem Browser und schalten Sie die Bestätigung in zwei Schritten ein. Nur dann bietet Google App-Passwörter an.',
  'Open myaccount.google.com/apppasswords and create one with the name Lifeboat.':
    'Öffnen Sie myaccount.google.com/apppasswords und erstellen Sie eines mit dem Namen Lifeboat.',
  'Copy the 16 letters and give them to Lifeboat. The password of your Google account is not accepted.':
    'Kopieren Sie die 16 Buchstaben und geben Sie sie hier ein. Das Passwort Ihres Google-Kontos wird nicht angenommen.',
  'At a school or company the administrator may have switched app passwords or IMAP off.':
    'In einer Schule oder Firma hat die Verwaltung App-Passwörter oder IMAP vielleicht abgeschaltet.',
  'Google lets about 2,500 MB a day out over IMAP. A large mailbox needs several days; each run goes on where the last one stopped.':
    'Google gibt über IMAP etwa 2.500 MB am Tag heraus. Ein großes Postfach braucht mehrere Tage; jede Sicherung macht dort weiter, wo die letzte aufhörte.',
  'Google lets no program with an app password into contacts, calendars and files; it wants Google sign-in.':
    'Mit einem App-Passwort lässt Google kein Programm an Kontakte, Kalender und Dateien; dafür braucht es die Anmeldung bei Google.',
  'Sign in at fastmail.com in a browser and open Settings > Privacy & Security > Manage app passwords and access.':
    'Melden Sie sich in einem Browser bei fastmail.com an und öffnen Sie Settings > Privacy & Security > Manage app passwords and access.',
  'Choose New app password, name it Lifeboat and give it access to what is to be saved: mail, contacts, calendars, files.':
    'Wählen Sie New app password, nennen Sie es Lifeboat und geben Sie ihm Zugang zu dem, was gesichert werden soll: E-Mail, Kontakte, Kalender, Dateien.',
  'Copy the password and give it to Lifeboat. Your usual password is not accepted.':
    'Kopieren Sie das Passwort und geben Sie es hier ein. Ihr übliches Passwort wird nicht angenommen.',
  "Fastmail's Basic plan has no access for mail programs.": 'Der Tarif Basic von Fastmail hat keinen Zugang für Mailprogramme.',
  'Sign in at login.yahoo.com in a browser and open the security page of your account.':
    'Melden Sie sich in einem Browser bei login.yahoo.com an und öffnen Sie die Seite „Sicherheit“ Ihres Kontos.',
  'Sign in at login.aol.com in a browser and open the security page of your account.':
    'Melden Sie sich in einem Browser bei login.aol.com an und öffnen Sie die Seite „Sicherheit“ Ihres Kontos.',
  'Choose "Generate app password" (or "Create app password") and give it the name Lifeboat.':
    'Wählen Sie „App-Passwort generieren“ (oder „erstellen“) und geben Sie ihm den Namen Lifeboat.',
  'Copy the password that is shown and give it to Lifeboat. Your usual password is not accepted.':
    'Kopieren Sie das angezeigte Passwort und geben Sie es hier ein. Ihr übliches Passwort wird nicht angenommen.',
  'This is the server meant for exports. It shows at most the newest 100,000 messages of a folder, the usual server only 10,000.':
    'Dies ist der Server, der für das Mitnehmen gedacht ist. Er zeigt höchstens die neuesten 100.000 Nachrichten eines Ordners, der übliche nur 10.000.',
  'Sign in at GMX in a browser, open E-Mail > Settings > POP3 & IMAP and switch on the access. GMX keeps it off otherwise.':
    'Melden Sie sich in einem Browser bei GMX an, öffnen Sie E-Mail > Einstellungen > POP3/IMAP Abruf und schalten Sie den Zugriff ein. Sonst hält GMX ihn abgeschaltet.',
  'If two-factor authentication is on: sign in at GMX in a browser, open My Account > Security > Application-specific passwords and create one for Lifeboat.':
    'Ist die Zwei-Faktor-Authentifizierung eingeschaltet: Melden Sie sich in einem Browser bei GMX an, öffnen Sie Mein Account > Sicherheit > Anwendungsspezifische Passwörter und erstellen Sie eines für Lifeboat.',
  'Give Lifeboat that application-specific password; without two-factor authentication, your usual GMX password.':
    'Geben Sie hier dieses anwendungsspezifische Passwort ein; ohne Zwei-Faktor-Authentifizierung Ihr übliches GMX-Passwort.',
  'Sign in at WEB.DE in a browser, open E-Mail > Settings > POP3/IMAP and switch on the access. WEB.DE keeps it off otherwise.':
    'Melden Sie sich in einem Browser bei WEB.DE an, öffnen Sie E-Mail > Einstellungen > POP3/IMAP Abruf und schalten Sie den Zugriff ein. Sonst hält WEB.DE ihn abgeschaltet.',
  'If two-factor authentication is on: sign in at WEB.DE in a browser, open My Account > Security > Application-specific passwords and create one for Lifeboat.':
    'Ist die Zwei-Faktor-Authentifizierung eingeschaltet: Melden Sie sich in einem Browser bei WEB.DE an, öffnen Sie Mein Account > Sicherheit > Anwendungsspezifische Passwörter und erstellen Sie eines für Lifeboat.',
  'Give Lifeboat that application-specific password; without two-factor authentication, your usual WEB.DE password.':
    'Geben Sie hier dieses anwendungsspezifische Passwort ein; ohne Zwei-Faktor-Authentifizierung Ihr übliches WEB.DE-Passwort.',
  'Sign in to Zoho Mail in a browser, open Settings > Mail Accounts, choose your address and tick IMAP Access.':
    'Melden Sie sich in einem Browser bei Zoho Mail an, öffnen Sie Einstellungen > E-Mail-Konten, wählen Sie Ihre Adresse und setzen Sie den Haken bei „IMAP-Zugriff“.',
  'If two-factor authentication is on: open accounts.zoho.com (accounts.zoho.eu in Europe) > Security > App Passwords and generate one.':
    'Ist die Zwei-Faktor-Authentifizierung eingeschaltet: Öffnen Sie accounts.zoho.com (in Europa accounts.zoho.eu) > Sicherheit > App-Passwörter und erstellen Sie eines.',
  'Give Lifeboat that app password; without two-factor authentication, your usual Zoho password.':
    'Geben Sie hier dieses App-Passwort ein; ohne Zwei-Faktor-Authentifizierung Ihr übliches Zoho-Passwort.',
  'Install Proton Mail Bridge on this computer and sign in to it. It needs a paid Proton plan, and it has to run whenever a backup runs.':
    'Installieren Sie Proton Mail Bridge auf diesem Computer und melden Sie sich darin an. Es braucht einen bezahlten Proton-Tarif und muss laufen, wann immer eine Sicherung läuft.',
  'In Bridge, open Settings > Advanced settings > Export TLS certificates, and give Lifeboat the exported cert.pem as the certificate to trust.':
    'Öffnen Sie in Bridge Einstellungen > Erweiterte Einstellungen > TLS-Zertifikate exportieren, und nennen Sie Lifeboat die Datei cert.pem als das Zertifikat, dem zu trauen ist.',
  'In Bridge, open Mailbox details. If host, port or user name there differ from 127.0.0.1, 1143 and your address, use what Bridge shows.':
    'Öffnen Sie in Bridge die Einzelheiten des Postfachs. Stehen dort andere Angaben als 127.0.0.1, 1143 und Ihre Adresse, nehmen Sie, was Bridge zeigt.',
  'Give Lifeboat the password shown there. The password of your Proton account is not accepted.':
    'Geben Sie hier das dort gezeigte Passwort ein. Das Passwort Ihres Proton-Kontos wird nicht angenommen.',
  'If two-factor authentication is on: sign in at mailbox.org in a browser, open All settings > Security > Application passwords, and generate one that allows what is to be saved: IMAP for mail, calendars, contacts, files.':
    'Ist die Zwei-Faktor-Authentifizierung eingeschaltet: Melden Sie sich in einem Browser bei mailbox.org an, öffnen Sie Alle Einstellungen > Sicherheit > Anwendungspasswörter und erzeugen Sie eines, das erlaubt, was gesichert werden soll: IMAP für E-Mail, Kalender, Kontakte, Dateien.',
  'Give Lifeboat your main mailbox.org address (no alias) and that password; without two-factor authentication, your usual password.':
    'Geben Sie hier Ihre Hauptadresse bei mailbox.org (keinen Alias) und dieses Passwort ein; ohne Zwei-Faktor-Authentifizierung Ihr übliches Passwort.',
  'Sign in at posteo.de in a browser, open Settings > My account, and see that the additional email account protection is off: it blocks all mail programs.':
    'Melden Sie sich in einem Browser bei posteo.de an, öffnen Sie Einstellungen > Mein Konto und sehen Sie nach, dass der „zusätzliche E-Mail-Accountschutz“ aus ist: Er sperrt alle Mailprogramme aus.',
  'Give Lifeboat your Posteo address and your usual password.':
    'Geben Sie hier Ihre Posteo-Adresse und Ihr übliches Passwort ein.',
  'Sign in to the Telekom login in a browser (account.idm.telekom.com) and open the passwords of your account.':
    'Melden Sie sich in einem Browser beim Telekom-Login an (account.idm.telekom.com) und öffnen Sie die Passwörter Ihres Kontos.',
  'Set a password for mail programs (Passwort für E-Mail-Programme). It is another one than the password of the Telekom login.':
    'Legen Sie ein „Passwort für E-Mail-Programme“ fest. Es ist ein anderes als das des Telekom-Logins.',
  'Give Lifeboat your whole address and that password.': 'Geben Sie hier Ihre ganze Adresse und dieses Passwort ein.',
  'Microsoft has accepted no passwords from mail programs since September 2024. This account needs Microsoft sign-in (lifeboat account add microsoft).':
    'Seit September 2024 nimmt Microsoft von Mailprogrammen keine Passwörter mehr an. Dieses Konto braucht die Anmeldung bei Microsoft.',
  'Microsoft 365 accepts no passwords from mail programs. This account needs Microsoft sign-in (lifeboat account add microsoft).':
    'Microsoft 365 nimmt von Mailprogrammen keine Passwörter an. Dieses Konto braucht die Anmeldung bei Microsoft.',
  "Tuta has no access for other programs. Export the mail in Tuta's desktop app and add the exported files as an archive account.":
    'Tuta hat keinen Zugang für andere Programme. Exportieren Sie die E-Mails in Tutas Desktop-App und fügen Sie die Dateien als „Eine Kopie, die ich schon habe“ hinzu.',
  'Give Lifeboat your whole address and the password of this mailbox, as set in the STRATO customer area under E-mail.':
    'Geben Sie hier Ihre ganze Adresse und das Passwort dieses Postfachs ein, wie es im STRATO-Kundenbereich unter E-Mail festgelegt ist.',
  'If two-step verification is on: sign in to IONOS Webmail, open My Account > Login & Security and create an app password.':
    'Ist die Bestätigung in zwei Schritten eingeschaltet: Melden Sie sich bei IONOS Webmail an, öffnen Sie Mein Konto > Login & Sicherheit und erstellen Sie ein App-Passwort.',
  'Give Lifeboat your whole address and that app password; without two-step verification, the password of this mailbox.':
    'Geben Sie hier Ihre ganze Adresse und dieses App-Passwort ein; ohne Bestätigung in zwei Schritten das Passwort dieses Postfachs.',
  'Give Lifeboat your whole address and the password of this mailbox.':
    'Geben Sie hier Ihre ganze Adresse und das Passwort dieses Postfachs ein.',
  'Sign in to your Nextcloud in a browser and open Settings > Security.':
    'Melden Sie sich in einem Browser bei Ihrer Nextcloud an und öffnen Sie Einstellungen > Sicherheit.',
  'Under Devices & sessions, type the name Lifeboat and choose Create new app password.':
    'Tippen Sie unter „Geräte & Sitzungen“ den Namen Lifeboat ein und wählen Sie „Neues App-Passwort erstellen“.',
  'Give Lifeboat the user name and the password that are shown there.':
    'Geben Sie hier den Benutzernamen und das Passwort ein, die dort gezeigt werden.',
  'Files are reached by WebDAV only if your plan includes it.':
    'Dateien sind über WebDAV nur erreichbar, wenn Ihr Tarif es enthält.',
  'In DSM, install the packages whose data you want to save: Synology Calendar, Synology Contacts, WebDAV Server (with HTTPS switched on).':
    'Installieren Sie in DSM die Pakete, deren Daten Sie sichern wollen: Synology Calendar, Synology Contacts, WebDAV Server (mit eingeschaltetem HTTPS).',
  'If an address is refused, look it up in DSM: Calendar > CalDAV Account, Contacts > Settings, WebDAV Server > Settings; give it to Lifeboat by hand.':
    'Wird eine Adresse abgelehnt, sehen Sie in DSM nach: Calendar > CalDAV-Konto, Contacts > Einstellungen, WebDAV Server > Einstellungen; geben Sie sie von Hand ein.',
  'Give Lifeboat your DSM user name and password. An account with two-factor authentication cannot be used: create one of its own for the backup.':
    'Geben Sie hier Ihren DSM-Benutzernamen und das Passwort ein. Ein Konto mit Zwei-Faktor-Authentifizierung geht nicht: Legen Sie für die Sicherung ein eigenes an.',
}
