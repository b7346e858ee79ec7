/** What a person configures for a CardDAV, CalDAV and WebDAV account. */
import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { checkedSettings } from '../shared/settings.ts'

const url = z
  .string()
  .max(2_048)
  .refine((text) => isWebUrl(text), 'must be an address such as https://dav.example.com/')
  .refine(
    (text) => !isWebUrl(text) || !holdsSecrets(text),
    'must hold no user name and no password: they are given apart from it',
  )

const schema = z
  .strictObject({
    user: z
      .string()
      .max(320)
      .regex(/^[^\p{Cc}]+$/u, 'must not be empty or hold control characters'),
    /** Any address of the service: of the server, a principal, a home or one address book. Absent: the service is not used. */
    carddav: url.optional(),
    caldav: url.optional(),
    webdav: url.optional(),
    /** `password`: Basic or Digest, as the server asks. `bearer`: the secret `access-token` (RFC 6750). */
    auth: z.enum(['password', 'bearer']).default('password'),
    /** Path of a PEM file with certificate authorities to trust besides the usual ones. */
    ca: z.string().min(1).optional(),
    /** Allows plain http to other computers. */
    insecure: z.boolean().default(false),
    /** The most requests under way at once. */
    connections: z.int().min(1).max(16).default(4),
    /** Seconds without a byte from the server after which it counts as dead. */
    timeout: z.number().min(0.1).max(3_600).default(120),
  })
  .superRefine((settings, issues) => {
    if (settings.insecure) return
    for (const name of ['carddav', 'caldav', 'webdav'] as const) {
      const text = settings[name]
      if (text === undefined || !isWebUrl(text) || isSecure(new URL(text))) continue
      issues.addIssue({
        code: 'custom',
        path: [name],
        message: 'must begin with https:// unless the server is on this computer or the account is marked insecure (--insecure)',
      })
    }
  })

export type DavSettings = Readonly<z.infer<typeof schema>>

/** @throws AppError `usage` that names the setting. */
export function parseSettings(settings: JsonObject): DavSettings {
  return checkedSettings(schema, settings, 'CardDAV, CalDAV and WebDAV')
}

/** Encrypted, or never leaving this computer. */
export function isSecure(target: URL): boolean {
  return target.protocol === 'https:' || isLoopback(target.hostname)
}

/** `hostname` as in `URL.hostname`. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function isWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && hostname !== ''
}

function holdsSecrets(text: string): boolean {
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}
