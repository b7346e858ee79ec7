/**
 * Where the well-known providers keep contacts, calendars and files, and how a person gets the password that they want.
 * Every such fact of this provider stands in this one table, each with the page it comes from.
 */
import type { KnownProvider } from '../shared/presets.ts'

export interface DavPreset extends KnownProvider {
  /** Addresses. `{server}`: the person's own server, with port; `{user}`: the user name. Absent: not offered. */
  readonly carddav?: string
  readonly caldav?: string
  readonly webdav?: string
  /** What the server takes as the user name: the whole address, or something the person looks up. */
  readonly user: 'address' | 'ask'
  readonly password: 'app-password' | 'account-password'
}

const gmxSteps = [
  'If two-factor authentication is on: sign in at GMX in a browser, open My Account > Security > Application-specific passwords and create one for Lifeboat.',
  'Give Lifeboat that application-specific password; without two-factor authentication, your usual GMX password.',
] as const

/**
 * hilfe.gmx.net (Adressbuch synchronisieren): the whole address, as the host alone does not lead there. WEB.DE is run by the same
 * company; where this is not known, discovery goes on with the host.
 */
const gmxContacts = '/CardDavProxy/carddav/current-user-principal-uri/'

const gmxNote = 'Files are reached by WebDAV only if your plan includes it.'

const zohoSteps = [
  'If two-factor authentication is on: open accounts.zoho.com (accounts.zoho.eu in Europe) > Security > App Passwords and generate one.',
  'Give Lifeboat that app password; without two-factor authentication, your usual Zoho password.',
] as const

/** Zoho keeps accounts apart by country. */
const zoho = (tld: string, id: string, name: string, domains: readonly string[]): DavPreset => ({
  id,
  name,
  domains,
  mx: domains,
  carddav: `https://contacts.zoho.${tld}/carddav`,
  caldav: `https://calendar.zoho.${tld}/caldav/`,
  user: 'address',
  password: 'app-password',
  steps: zohoSteps,
  helpUrl: 'https://help.zoho.com/portal/en/kb/zoho-contacts',
})

export const presets: readonly DavPreset[] = [
  {
    // support.apple.com/102654 (app-specific passwords); the servers are those of Apple's own configuration profiles
    id: 'icloud',
    name: 'iCloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    mx: ['mail.icloud.com'],
    carddav: 'https://contacts.icloud.com/',
    caldav: 'https://caldav.icloud.com/',
    user: 'address',
    password: 'app-password',
    steps: [
      'Open account.apple.com in a browser and sign in. Two-factor authentication has to be on.',
      'Open Sign-In and Security > App-Specific Passwords and create one with the name Lifeboat.',
      'Copy the password (it looks like abcd-efgh-ijkl-mnop) and give it to Lifeboat. The password of your Apple account is not accepted.',
      'For contacts and calendars the user name is the address with which you sign in at Apple.',
    ],
    helpUrl: 'https://support.apple.com/102654',
    note: 'Apple lets no other program into iCloud Drive and Photos with an app password. Ask for a copy at privacy.apple.com and add it as an archive account.',
  },
  {
    // fastmail.help 1500000278342 (server names and ports), 1500000277882 (files), 360058752854 (app passwords)
    id: 'fastmail',
    name: 'Fastmail',
    domains: ['fastmail.com', 'fastmail.fm', 'fastmail.net', 'fastmail.org', 'messagingengine.com', 'sent.com'],
    mx: ['messagingengine.com'],
    carddav: 'https://carddav.fastmail.com/',
    caldav: 'https://caldav.fastmail.com/',
    webdav: 'https://myfiles.fastmail.com/',
    user: 'address',
    password: 'app-password',
    steps: [
      'Sign in at fastmail.com in a browser and open Settings > Privacy & Security > Manage app passwords and access.',
      'Choose New app password, name it Lifeboat and give it access to what is to be saved: mail, contacts, calendars, files.',
      'Copy the password and give it to Lifeboat. Your usual password is not accepted.',
    ],
    helpUrl: 'https://www.fastmail.help/hc/en-us/articles/1500000278342',
  },
  {
    // docs.nextcloud.com user manual: Contacts and calendar; WebDAV
    id: 'nextcloud',
    name: 'Nextcloud',
    domains: [],
    mx: [],
    carddav: 'https://{server}/remote.php/dav/',
    caldav: 'https://{server}/remote.php/dav/',
    webdav: 'https://{server}/remote.php/dav/files/{user}/',
    user: 'ask',
    password: 'app-password',
    steps: [
      'Sign in to your Nextcloud in a browser and open Settings > Security.',
      'Under Devices & sessions, type the name Lifeboat and choose Create new app password.',
      'Give Lifeboat the user name and the password that are shown there.',
    ],
    helpUrl: 'https://docs.nextcloud.com/server/latest/user_manual/en/session_management.html',
  },
  {
    // kb.mailbox.org: CalDAV and CardDAV for other devices; WebDAV
    id: 'mailbox.org',
    name: 'mailbox.org',
    domains: ['mailbox.org'],
    mx: ['mailbox.org'],
    carddav: 'https://dav.mailbox.org/',
    caldav: 'https://dav.mailbox.org/',
    webdav: 'https://dav.mailbox.org/servlet/webdav.infostore/',
    user: 'address',
    password: 'app-password',
    steps: [
      'If two-factor authentication is on: sign in at mailbox.org in a browser, open All settings > Security > Application passwords, and generate one that allows what is to be saved: IMAP for mail, calendars, contacts, files.',
      'Give Lifeboat your main mailbox.org address (no alias) and that password; without two-factor authentication, your usual password.',
    ],
    helpUrl: 'https://kb.mailbox.org/en/private/',
  },
  {
    // posteo.de/en/help: calendars at posteo.de:8443, address book at posteo.de:8843
    id: 'posteo',
    name: 'Posteo',
    domains: ['posteo.*', 'posteo.net', 'posteo.org'],
    mx: ['posteo.de'],
    carddav: 'https://posteo.de:8843/',
    caldav: 'https://posteo.de:8443/',
    user: 'address',
    password: 'account-password',
    steps: ['Give Lifeboat your Posteo address and your usual password.'],
    helpUrl: 'https://posteo.de/en/help',
  },
  {
    // help.yahoo.com SLN15241 (app passwords)
    id: 'yahoo',
    name: 'Yahoo',
    domains: ['yahoo.*', 'ymail.com', 'myyahoo.com', 'rocketmail.com'],
    mx: ['am0.yahoodns.net', 'biz.mail.yahoo.com'],
    carddav: 'https://carddav.address.yahoo.com/',
    caldav: 'https://caldav.calendar.yahoo.com/',
    user: 'address',
    password: 'app-password',
    steps: [
      'Sign in at login.yahoo.com in a browser and open the security page of your account.',
      'Choose "Generate app password" (or "Create app password") and give it the name Lifeboat.',
      'Copy the password that is shown and give it to Lifeboat. Your usual password is not accepted.',
    ],
    helpUrl: 'https://help.yahoo.com/kb/SLN15241.html',
  },
  // help.zoho.com/portal/en/kb/zoho-contacts (CardDAV, one server per country), zoho.com/calendar/help (CalDAV)
  zoho('com', 'zoho', 'Zoho', ['zoho.com', 'zohomail.com']),
  zoho('eu', 'zoho-eu', 'Zoho (Europe)', ['zoho.eu', 'zohomail.eu']),
  zoho('in', 'zoho-in', 'Zoho (India)', ['zoho.in', 'zohomail.in']),
  {
    // hilfe.gmx.net: CalDAV, CardDAV, WebDAV
    id: 'gmx',
    name: 'GMX',
    domains: ['gmx.net', 'gmx.de', 'gmx.at', 'gmx.ch', 'gmx.eu', 'gmx.biz', 'gmx.org', 'gmx.info'],
    mx: ['emig.gmx.net'],
    carddav: `https://carddav.gmx.net${gmxContacts}`,
    caldav: 'https://caldav.gmx.net/',
    webdav: 'https://webdav.mc.gmx.net/',
    user: 'address',
    password: 'account-password',
    steps: gmxSteps,
    helpUrl: 'https://hilfe.gmx.net/',
    note: gmxNote,
  },
  {
    // support.gmx.com
    id: 'gmx-com',
    name: 'GMX',
    domains: ['gmx.com', 'gmx.*'],
    mx: [],
    carddav: `https://carddav.gmx.com${gmxContacts}`,
    caldav: 'https://caldav.gmx.com/',
    user: 'address',
    password: 'account-password',
    steps: gmxSteps,
    helpUrl: 'https://support.gmx.com/',
  },
  {
    // hilfe.web.de: CalDAV, CardDAV, WebDAV
    id: 'web.de',
    name: 'WEB.DE',
    domains: ['web.de', 'email.de'],
    mx: ['mx-ha.web.de', 'emig.web.de'],
    carddav: `https://carddav.web.de${gmxContacts}`,
    caldav: 'https://caldav.web.de/',
    webdav: 'https://webdav.smartdrive.web.de/',
    user: 'address',
    password: 'account-password',
    steps: [
      'If two-factor authentication is on: sign in at WEB.DE in a browser, open My Account > Security > Application-specific passwords and create one for Lifeboat.',
      'Give Lifeboat that application-specific password; without two-factor authentication, your usual WEB.DE password.',
    ],
    helpUrl: 'https://hilfe.web.de/',
    note: 'Files are reached by WebDAV only if your plan includes it.',
  },
  {
    // davx5.com/tested-with/synology (addresses of Synology Calendar and Contacts); kb.synology.com WebDAV Server (port 5006)
    id: 'synology',
    name: 'Synology',
    domains: [],
    mx: [],
    carddav: 'https://{server}:5001/carddav/{user}/',
    caldav: 'https://{server}:5001/caldav/{user}/',
    webdav: 'https://{server}:5006/',
    user: 'ask',
    password: 'account-password',
    steps: [
      'In DSM, install the packages whose data you want to save: Synology Calendar, Synology Contacts, WebDAV Server (with HTTPS switched on).',
      'If an address is refused, look it up in DSM: Calendar > CalDAV Account, Contacts > Settings, WebDAV Server > Settings; give it to Lifeboat by hand.',
      'Give Lifeboat your DSM user name and password. An account with two-factor authentication cannot be used: create one of its own for the backup.',
    ],
    helpUrl: 'https://kb.synology.com/',
  },
  {
    // developers.google.com/calendar/caldav: OAuth 2.0 only
    id: 'google',
    name: 'Google',
    domains: ['gmail.com', 'googlemail.com'],
    mx: ['aspmx.l.google.com', 'smtp.google.com', 'googlemail.com'],
    user: 'address',
    password: 'app-password',
    steps: [],
    helpUrl: 'https://developers.google.com/workspace/calendar/caldav/v2/guide',
    unsupported: 'Google lets no program with an app password into contacts, calendars and files; it wants Google sign-in.',
  },
]
