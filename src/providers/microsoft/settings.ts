import { z } from 'zod'
import type { Service } from '../../core/account.ts'
import type { JsonObject } from '../../core/json.ts'
import { checkedSettings, wrongSetting } from '../shared/settings.ts'

const loopback = /^https:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/
/** As Microsoft shows ids. */
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const tenantName = /^(common|consumers|organizations|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9-]+(\.[a-z0-9-]+)+)$/i

const schema = z.strictObject({
  /** The account's address; unknown until the person has signed in. */
  user: z.email('must be an e-mail address').max(320).optional(),
  /** The program as it is registered at Microsoft ("Application (client) ID"). */
  clientId: z.string().regex(uuid, 'must be an application id such as 11111111-2222-3333-4444-555555555555'),
  /** Whose accounts the registration lets in: all, only personal ones, only those of work and school, or of one organisation. */
  tenant: z
    .string()
    .max(200)
    .regex(tenantName, 'must be common, consumers, organizations, or the domain or id of an organisation')
    .default('common'),
  /** Told by the sign-in: Outlook.com and the like, or an account of work or school. */
  kind: z.enum(['personal', 'work']).optional(),
  /** The program signs in for itself, with a certificate, in place of the person (work and school only). */
  appOnly: z.boolean().default(false),
  /** With `appOnly`: how the directory calls the person, where that is not the address. */
  principal: z.string().min(1).max(320).optional(),
  /** With `appOnly`: stands for all people of the organisation, also for those who come later. */
  everybody: z.boolean().default(false),
  mail: z
    .strictObject({
      junk: z.boolean().default(true),
      deleted: z.boolean().default(true),
      drafts: z.boolean().default(true),
    })
    .prefault({}),
  files: z
    .strictObject({
      /** How many earlier versions of each file are saved beside it. */
      versions: z.number().int().min(0).max(100).default(0),
    })
    .prefault({}),
  /** A practice account on this computer instead of Microsoft, and the certificate authority (PEM file) of it. */
  practice: z
    .strictObject({
      origin: z.string().regex(loopback, 'must be on this computer, e.g. https://127.0.0.1:8443'),
      ca: z.string().min(1),
      /** Settings of the mail server that stands in for Outlook.com's. */
      imap: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
})

export type MicrosoftSettings = Readonly<z.infer<typeof schema>>

/** @throws AppError `usage` that names the setting. */
export function parseSettings(settings: JsonObject): MicrosoftSettings {
  const checked = checkedSettings(schema, settings, 'Microsoft')
  const { appOnly, user, tenant } = checked
  const isOrganisation = !/^(common|consumers|organizations)$/i.test(tenant)
  if (appOnly && (user === undefined || !isOrganisation)) {
    throw wrongSetting(
      'Microsoft',
      user === undefined ? 'user' : 'tenant',
      'a program that signs in for itself needs the mailbox and its organisation',
    )
  }
  return checked
}

/** Microsoft's own places; only a practice account has others. */
export interface Places {
  /** For MSAL, without the tenant. */
  readonly login: string
  readonly graph: string
}

export function placesOf({ practice }: Pick<MicrosoftSettings, 'practice'>): Places {
  const origin = practice?.origin
  return { login: origin ?? 'https://login.microsoftonline.com', graph: origin ?? 'https://graph.microsoft.com' }
}

/** What each service needs to be read, and nothing that could write. */
export const readingScopes: Readonly<Record<Service, readonly string[]>> = {
  mail: ['Mail.Read'],
  contacts: ['Contacts.Read'],
  calendar: ['Calendars.Read'],
  files: ['Files.Read.All', 'Notes.Read'],
}

/**
 * Asked for beside these: what others share. "Microsoft account supported: No" ("Microsoft Graph permissions reference"): to a personal
 * account Microsoft gives the rest alone, and it refuses a token for which that is asked later (AADSTS70000).
 */
const workScopes: Readonly<Partial<Record<Service, readonly string[]>>> = { calendar: ['Calendars.Read.Shared'] }

/** What each service needs in its place for a restore. */
export const writingScopes: Readonly<Record<Service, readonly string[]>> = {
  mail: ['Mail.ReadWrite'],
  contacts: ['Contacts.ReadWrite'],
  calendar: ['Calendars.ReadWrite'],
  files: ['Files.ReadWrite'],
}

/** For a mailbox of Outlook.com, into which mail is put by IMAP ("Authenticate an IMAP, POP or SMTP connection using OAuth"). */
export const imapScope = 'https://outlook.office.com/IMAP.AccessAsUser.All'

/** Microsoft Graph does not even tell whether there is one. */
export const archiveMailbox =
  'If your organisation gives you an online archive beside the mailbox, it is not saved: Microsoft opens it to Outlook alone.'

/** MSAL itself adds `openid`, `profile` and `offline_access`. */
export function scopesFor(
  services: readonly Service[],
  { kind, tenant }: Pick<MicrosoftSettings, 'kind' | 'tenant'>,
  forRestore: boolean,
): string[] {
  const isPersonal = kind === 'personal' || /^consumers$/i.test(tenant)
  const kinds = [readingScopes, ...(isPersonal ? [] : [workScopes]), ...(forRestore ? [writingScopes] : [])]
  return ['User.Read', ...services.flatMap((service) => kinds.flatMap((one) => one[service] ?? []))]
}

/** `https://graph.microsoft.com/Mail.Read` and `Mail.Read` are the same. */
function shortScopes(granted: readonly string[]): string[] {
  return granted.map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase())
}

/** What may be written may be read. */
export function allows(granted: readonly string[], scope: string): boolean {
  const short = shortScopes(granted)
  const wanted = scope.toLowerCase()
  return short.includes(wanted) || short.includes(wanted.replace(/\.read(?=$|\.all$)/, '.readwrite'))
}
