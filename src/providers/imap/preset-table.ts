/**
 * What the well-known mail providers want: their server, the form of the user name, the kind of password and how a person
 * gets one. Every such fact of the project stands in this one table, each with the page it comes from.
 */
import type { KnownProvider } from '../shared/presets.ts'

export type Security = 'tls' | 'starttls' | 'none'

export interface Preset extends KnownProvider {
  /** Empty where there is none (`unsupported`). */
  readonly host: string
  readonly port: number
  readonly security: Security
  /** What the server takes as the user name: the whole address, the part before the @, or something the person looks up. */
  readonly user: 'address' | 'local-part' | 'ask'
  /** Where a domain of one's own needs something else than an address of the provider's. */
  readonly ownDomain?: { readonly host?: string; readonly user?: 'address' | 'ask' }
  readonly password: 'app-password' | 'account-password' | 'bridge-password'
}

const port = 993
const security = 'tls'

const gmxSteps = [
  'Sign in at GMX in a browser, open E-Mail > Settings > POP3 & IMAP and switch on the access. GMX keeps it off otherwise.',
  'If two-factor authentication is on: sign in at GMX in a browser, open My Account > Security > Application-specific passwords and create one for Lifeboat.',
  'Give Lifeboat that application-specific password; without two-factor authentication, your usual GMX password.',
] as const

const zohoSteps = [
  'Sign in to Zoho Mail in a browser, open Settings > Mail Accounts, choose your address and tick IMAP Access.',
  'If two-factor authentication is on: open accounts.zoho.com (accounts.zoho.eu in Europe) > Security > App Passwords and generate one.',
  'Give Lifeboat that app password; without two-factor authentication, your usual Zoho password.',
] as const

const yahooSteps = (home: string) => [
  `Sign in at ${home} in a browser and open the security page of your account.`,
  'Choose "Generate app password" (or "Create app password") and give it the name Lifeboat.',
  'Copy the password that is shown and give it to Lifeboat. Your usual password is not accepted.',
]

const yahooNote =
  'This is the server meant for exports. It shows at most the newest 100,000 messages of a folder, the usual server only 10,000.'

const microsoftUnsupported =
  'Microsoft has accepted no passwords from mail programs since September 2024. This account needs Microsoft sign-in (lifeboat account add microsoft).'

export const presets: readonly Preset[] = [
  {
    // support.apple.com/102525 (servers, user name), support.apple.com/102654 (app-specific passwords)
    id: 'icloud',
    name: 'iCloud Mail',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    mx: ['mail.icloud.com'],
    host: 'imap.mail.me.com',
    port,
    security,
    user: 'local-part',
    ownDomain: { user: 'ask' },
    password: 'app-password',
    steps: [
      'Open account.apple.com in a browser and sign in. Two-factor authentication has to be on.',
      'Open Sign-In and Security > App-Specific Passwords and create one with the name Lifeboat.',
      'Copy the password (it looks like abcd-efgh-ijkl-mnop) and give it to Lifeboat. The password of your Apple account is not accepted.',
      'For mail the user name is the part of your iCloud address before the @; if that is refused, use the whole address. With a domain of your own, use your iCloud address.',
    ],
    helpUrl: 'https://support.apple.com/102654',
  },
  {
    // support.google.com/mail/answer/7126229 (servers), /accounts/answer/185833 (app passwords), /a/answer/1071518 (limits)
    id: 'gmail',
    name: 'Gmail',
    domains: ['gmail.com', 'googlemail.com'],
    mx: ['aspmx.l.google.com', 'smtp.google.com', 'googlemail.com'],
    host: 'imap.gmail.com',
    port,
    security,
    user: 'address',
    password: 'app-password',
    steps: [
      'Open myaccount.google.com/security in a browser and switch on 2-Step Verification. Google offers app passwords only then.',
      'Open myaccount.google.com/apppasswords and create one with the name Lifeboat.',
      'Copy the 16 letters and give them to Lifeboat. The password of your Google account is not accepted.',
      'At a school or company the administrator may have switched app passwords or IMAP off.',
    ],
    helpUrl: 'https://support.google.com/accounts/answer/185833',
    note: 'Google lets about 2,500 MB a day out over IMAP. A large mailbox needs several days; each run goes on where the last one stopped.',
  },
  {
    // fastmail.com/help/technical/servernamesandports.html, fastmail.com/help/clients/apppassword.html
    id: 'fastmail',
    name: 'Fastmail',
    domains: ['fastmail.com', 'fastmail.fm', 'fastmail.net', 'fastmail.org', 'messagingengine.com', 'sent.com'],
    mx: ['messagingengine.com'],
    host: 'imap.fastmail.com',
    port,
    security,
    user: 'address',
    password: 'app-password',
    steps: [
      'Sign in at fastmail.com in a browser and open Settings > Privacy & Security > Manage app passwords and access.',
      'Choose New app password, name it Lifeboat and give it access to what is to be saved: mail, contacts, calendars, files.',
      'Copy the password and give it to Lifeboat. Your usual password is not accepted.',
      "Fastmail's Basic plan has no access for mail programs.",
    ],
    helpUrl: 'https://www.fastmail.help/hc/en-us/articles/360058752854',
  },
  {
    // help.yahoo.com SLN4075 (servers), SLN15241 (app passwords), SLN28681 (export server)
    id: 'yahoo',
    name: 'Yahoo Mail',
    domains: ['yahoo.*', 'ymail.com', 'myyahoo.com', 'rocketmail.com'],
    mx: ['am0.yahoodns.net', 'biz.mail.yahoo.com'],
    host: 'export.imap.mail.yahoo.com',
    port,
    security,
    user: 'address',
    password: 'app-password',
    steps: yahooSteps('login.yahoo.com'),
    helpUrl: 'https://help.yahoo.com/kb/SLN15241.html',
    note: yahooNote,
  },
  {
    // help.aol.com (IMAP settings, app passwords); the export server behaves as Yahoo's, which runs both
    id: 'aol',
    name: 'AOL Mail',
    domains: ['aol.*', 'aim.com', 'verizon.net', 'netscape.net', 'netscape.com', 'compuserve.com', 'cs.com', 'wmconnect.com'],
    mx: ['gm0.yahoodns.net'],
    host: 'export.imap.aol.com',
    port,
    security,
    user: 'address',
    password: 'app-password',
    steps: yahooSteps('login.aol.com'),
    helpUrl: 'https://help.aol.com/articles/Create-and-manage-app-password',
    note: yahooNote,
  },
  {
    // hilfe.gmx.net/pop-imap/, hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html
    id: 'gmx',
    name: 'GMX',
    domains: [
      'gmx.net',
      'gmx.de',
      'gmx.at',
      'gmx.ch',
      'gmx.eu',
      'gmx.biz',
      'gmx.org',
      'gmx.info',
      'mein.gmx',
      'mail.gmx',
      'email.gmx',
    ],
    mx: ['emig.gmx.net'],
    host: 'imap.gmx.net',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: gmxSteps,
    helpUrl: 'https://hilfe.gmx.net/pop-imap/einschalten.html',
  },
  {
    // support.gmx.com/pop-imap/imap/
    id: 'gmx-com',
    name: 'GMX',
    domains: ['gmx.com', 'gmx.*'],
    mx: [],
    host: 'imap.gmx.com',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: gmxSteps,
    helpUrl: 'https://support.gmx.com/pop-imap/toggle.html',
  },
  {
    // hilfe.web.de/pop-imap/, hilfe.web.de/sicherheit/2fa/
    id: 'web.de',
    name: 'WEB.DE',
    domains: ['web.de', 'email.de'],
    mx: ['mx-ha.web.de', 'emig.web.de'],
    host: 'imap.web.de',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [
      'Sign in at WEB.DE in a browser, open E-Mail > Settings > POP3/IMAP and switch on the access. WEB.DE keeps it off otherwise.',
      'If two-factor authentication is on: sign in at WEB.DE in a browser, open My Account > Security > Application-specific passwords and create one for Lifeboat.',
      'Give Lifeboat that application-specific password; without two-factor authentication, your usual WEB.DE password.',
    ],
    helpUrl: 'https://hilfe.web.de/pop-imap/einschalten.html',
  },
  {
    // zoho.com/mail/help/imap-access.html: personal addresses imap.zoho.*, domains of one's own imappro.zoho.*
    id: 'zoho',
    name: 'Zoho Mail',
    domains: ['zoho.com', 'zohomail.com'],
    mx: ['zoho.com', 'zohomail.com'],
    host: 'imap.zoho.com',
    port,
    security,
    user: 'address',
    ownDomain: { host: 'imappro.zoho.com' },
    password: 'account-password',
    steps: zohoSteps,
    helpUrl: 'https://www.zoho.com/mail/help/imap-access.html',
  },
  {
    // zoho.com/mail/help/imap-access.html; European data centre
    id: 'zoho-eu',
    name: 'Zoho Mail (Europe)',
    domains: ['zoho.eu', 'zohomail.eu'],
    mx: ['zoho.eu', 'zohomail.eu'],
    host: 'imap.zoho.eu',
    port,
    security,
    user: 'address',
    ownDomain: { host: 'imappro.zoho.eu' },
    password: 'account-password',
    steps: zohoSteps,
    helpUrl: 'https://www.zoho.com/mail/help/imap-access.html',
  },
  {
    // zoho.com/mail/help/imap-access.html; Indian data centre
    id: 'zoho-in',
    name: 'Zoho Mail (India)',
    domains: ['zoho.in', 'zohomail.in'],
    mx: ['zoho.in', 'zohomail.in'],
    host: 'imap.zoho.in',
    port,
    security,
    user: 'address',
    ownDomain: { host: 'imappro.zoho.in' },
    password: 'account-password',
    steps: zohoSteps,
    helpUrl: 'https://www.zoho.com/mail/help/imap-access.html',
  },
  {
    // proton.me/support/protonmail-bridge-faq, proton.me/support/bridge; address and port are Bridge's defaults
    id: 'proton',
    name: 'Proton Mail (through Proton Mail Bridge)',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    mx: ['protonmail.ch'],
    host: '127.0.0.1',
    port: 1143,
    security: 'starttls',
    user: 'address',
    password: 'bridge-password',
    steps: [
      'Install Proton Mail Bridge on this computer and sign in to it. It needs a paid Proton plan, and it has to run whenever a backup runs.',
      'In Bridge, open Settings > Advanced settings > Export TLS certificates, and give Lifeboat the exported cert.pem as the certificate to trust.',
      'In Bridge, open Mailbox details. If host, port or user name there differ from 127.0.0.1, 1143 and your address, use what Bridge shows.',
      'Give Lifeboat the password shown there. The password of your Proton account is not accepted.',
    ],
    helpUrl: 'https://proton.me/support/bridge',
  },
  {
    // kb.mailbox.org/en/private/e-mail/e-mail-configuration
    id: 'mailbox.org',
    name: 'mailbox.org',
    domains: ['mailbox.org'],
    mx: ['mailbox.org'],
    host: 'imap.mailbox.org',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [
      'If two-factor authentication is on: sign in at mailbox.org in a browser, open All settings > Security > Application passwords, and generate one that allows what is to be saved: IMAP for mail, calendars, contacts, files.',
      'Give Lifeboat your main mailbox.org address (no alias) and that password; without two-factor authentication, your usual password.',
    ],
    helpUrl: 'https://kb.mailbox.org/en/private/e-mail/e-mail-configuration',
  },
  {
    // posteo.de/en/help (IMAP settings; "additional email account protection" blocks IMAP)
    id: 'posteo',
    name: 'Posteo',
    domains: ['posteo.*', 'posteo.net', 'posteo.org'],
    mx: ['posteo.de'],
    host: 'posteo.de',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [
      'Sign in at posteo.de in a browser, open Settings > My account, and see that the additional email account protection is off: it blocks all mail programs.',
      'Give Lifeboat your Posteo address and your usual password.',
    ],
    helpUrl: 'https://posteo.de/en/help/activating-additional-email-account-protection',
  },
  {
    // telekom.de/hilfe (servers secureimap.t-online.de:993, "Passwort für E-Mail-Programme")
    id: 't-online',
    name: 'T-Online (Telekom)',
    domains: ['t-online.de', 'magenta.de'],
    mx: ['t-online.de'],
    host: 'secureimap.t-online.de',
    port,
    security,
    user: 'address',
    password: 'app-password',
    steps: [
      'Sign in to the Telekom login in a browser (account.idm.telekom.com) and open the passwords of your account.',
      'Set a password for mail programs (Passwort für E-Mail-Programme). It is another one than the password of the Telekom login.',
      'Give Lifeboat your whole address and that password.',
    ],
    helpUrl: 'https://www.telekom.de/hilfe/apps-dienste/e-mail',
  },
  {
    // support.microsoft.com "Modern authentication methods now needed to continue syncing Outlook email" (16 September 2024)
    id: 'outlook',
    name: 'Outlook.com, Hotmail, Live or MSN',
    domains: ['outlook.*', 'hotmail.*', 'live.*', 'msn.com', 'windowslive.com', 'passport.com'],
    mx: ['olc.protection.outlook.com'],
    host: 'outlook.office365.com',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [],
    helpUrl: 'https://support.microsoft.com/office/d088b986-291d-42b8-9564-9c414e2aa040',
    unsupported: microsoftUnsupported,
  },
  {
    // learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online
    id: 'microsoft365',
    name: 'Microsoft 365',
    domains: [],
    mx: ['protection.outlook.com', 'mx.microsoft'],
    host: 'outlook.office365.com',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [],
    helpUrl:
      'https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online',
    unsupported:
      'Microsoft 365 accepts no passwords from mail programs. This account needs Microsoft sign-in (lifeboat account add microsoft).',
  },
  {
    // tuta.com/support: no IMAP, by design
    id: 'tuta',
    name: 'Tuta',
    domains: ['tuta.com', 'tuta.io', 'tutanota.com', 'tutanota.de', 'tutamail.com', 'keemail.me'],
    mx: ['tutanota.de'],
    host: '',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [],
    helpUrl: 'https://tuta.com/support',
    unsupported:
      "Tuta has no access for other programs. Export the mail in Tuta's desktop app and add the exported files as an archive account.",
  },
  {
    // autoconfig.thunderbird.net/v1.1/strato.de
    id: 'strato',
    name: 'STRATO',
    domains: [],
    mx: ['rzone.de'],
    host: 'imap.strato.de',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [
      'Give Lifeboat your whole address and the password of this mailbox, as set in the STRATO customer area under E-mail.',
    ],
    helpUrl: 'https://www.strato.de/faq/mail/externes-e-mail-programm-mit-strato-e-mail-adresse-nutzen/',
  },
  {
    // ionos.com/help/email (IMAP servers; app passwords where two-step verification is on)
    id: 'ionos',
    name: 'IONOS',
    domains: ['online.de', 'onlinehome.de'],
    mx: ['kundenserver.de', 'ionos.de'],
    host: 'imap.ionos.de',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: [
      'If two-step verification is on: sign in to IONOS Webmail, open My Account > Login & Security and create an app password.',
      'Give Lifeboat your whole address and that app password; without two-step verification, the password of this mailbox.',
    ],
    helpUrl: 'https://www.ionos.com/help/email/using-webmail/email-activate-and-configure-two-step-verification',
  },
  {
    // autoconfig.thunderbird.net/v1.1/gandi.net
    id: 'gandi',
    name: 'Gandi',
    domains: [],
    mx: ['mail.gandi.net'],
    host: 'mail.gandi.net',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: ['Give Lifeboat your whole address and the password of this mailbox.'],
    helpUrl: 'https://docs.gandi.net/en/gandimail/',
  },
  {
    // autoconfig.thunderbird.net/v1.1/ovh.net
    id: 'ovh',
    name: 'OVHcloud',
    domains: [],
    mx: ['mail.ovh.net'],
    host: 'ssl0.ovh.net',
    port,
    security,
    user: 'address',
    password: 'account-password',
    steps: ['Give Lifeboat your whole address and the password of this mailbox.'],
    helpUrl: 'https://help.ovhcloud.com/csm/en-web-hosting-emails',
  },
]
