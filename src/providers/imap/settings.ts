import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { checkedSettings } from '../shared/settings.ts'

const noControlCharacters = /^[^\p{Cc}]+$/u

const schema = z.strictObject({
  host: z
    .string()
    .max(255)
    .regex(/^[^\s\p{Cc}/@]+$/u, 'must be a server name such as imap.example.com')
    // An address of IPv6 as it stands in URLs.
    .transform((host) => host.replace(/^\[([\da-f:.]+)\]$/i, '$1')),
  /** 993 with `tls`, 143 otherwise, unless told. */
  port: z.int().min(1).max(65_535).optional(),
  /** `tls`: encrypted from the first byte. `starttls`: refused unless the server encrypts. `none`: in the clear. */
  security: z.enum(['tls', 'starttls', 'none']).default('tls'),
  user: z.string().max(320).regex(noControlCharacters, 'must not be empty or hold control characters'),
  auth: z.enum(['password', 'xoauth2']).default('password'),
  /** Path of a PEM file with certificate authorities to trust besides the usual ones. */
  ca: z.string().min(1).optional(),
  /** The most connections to open at once. */
  connections: z.int().min(1).max(10).default(3),
  /** Seconds without a byte from the server after which it counts as dead. */
  timeout: z.number().min(0.1).max(600).default(60),
  /** COMPRESS=DEFLATE (RFC 4978); unless told, used for every server that is not on this computer. */
  compress: z.boolean().optional(),
})

export type ImapSettings = Readonly<z.infer<typeof schema>>

/** @throws AppError `usage` that names the setting. */
export function parseSettings(settings: JsonObject): ImapSettings {
  return checkedSettings(schema, settings, 'IMAP')
}

export function portOf(settings: ImapSettings): number {
  return settings.port ?? (settings.security === 'tls' ? 993 : 143)
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}
