/** Thunderbird's autoconfig format: an XML file on the domain's own web server that names its mail servers. */
import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { asciiDomain } from '../shared/presets.ts'

export interface AutoconfigServer {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls'
  readonly user: string
  readonly auth: 'password' | 'xoauth2'
}

type Fetch = (url: string, init: { readonly signal: AbortSignal; readonly redirect: 'manual' }) => Promise<Response>

/** Real files have 1-10 KB. */
const sizeLimit = 256 * 1024
const hopLimit = 3

/** The two places where a domain may keep its file; https only, so that nobody on the way can name another server. */
export function autoconfigUrls(address: string, domain: string): readonly string[] {
  return [
    `https://autoconfig.${domain}/mail/config-v1.1.xml?emailaddress=${encodeURIComponent(address)}`,
    `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
  ]
}

/** The best IMAP server that the file at `url` names, or `null`. Rejects when it cannot be had. */
export async function readAutoconfig(
  url: string,
  address: string,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<AutoconfigServer | null> {
  let next = url
  for (let hop = 0; hop <= hopLimit; hop++) {
    const response = await fetch(next, { signal, redirect: 'manual' })
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null
    if (location === null) {
      if (!response.ok) await response.body?.cancel()
      return response.ok ? parseAutoconfig(await readBounded(response), address) : null
    }
    await response.body?.cancel()
    next = new URL(location, next).href
    if (!next.startsWith('https://')) return null
  }
  return null
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  const body: AsyncIterable<Uint8Array> | null = response.body
  if (body === null) return ''
  for await (const part of body) {
    size += part.length
    if (size > sizeLimit) throw new RangeError('The autoconfig file is too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** A single child is an object, several are an array: both become an array. */
const many = <T extends z.ZodType>(item: T) =>
  z
    .union([z.array(z.unknown()), z.unknown().transform((one) => [one])])
    .transform((list) =>
      list.flatMap((entry) => [item.safeParse(entry)]).flatMap((result) => (result.success ? [result.data] : [])),
    )

const serverShape = z.object({
  '@type': z.literal('imap'),
  hostname: z.string(),
  port: z.coerce.number().int().min(1).max(65_535),
  socketType: z.enum(['SSL', 'STARTTLS']),
  username: many(z.string()).optional(),
  authentication: many(z.string()).optional(),
})
const fileShape = z.object({
  clientConfig: z.object({ emailProvider: many(z.object({ incomingServer: many(serverShape).optional() })) }),
})

/** Entities are not expanded and a document type is refused, so that a small file stays small. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
})

/** Servers without encryption are passed over; TLS from the start is preferred to STARTTLS. */
function parseAutoconfig(xml: string, address: string): AutoconfigServer | null {
  if (/<!DOCTYPE/i.test(xml)) return null
  const file = fileShape.safeParse(parser.parse(xml))
  if (!file.success) return null
  const servers = file.data.clientConfig.emailProvider.flatMap((provider) => provider.incomingServer ?? [])
  const usable = servers.flatMap((server): AutoconfigServer[] => {
    const host = asciiDomain(fill(server.hostname, address))
    const methods = server.authentication ?? []
    const takesPassword = methods.length === 0 || methods.some((method) => method.startsWith('password'))
    if (host === null || !(takesPassword || methods.includes('OAuth2'))) return []
    const user = fill(server.username?.[0] ?? '%EMAILADDRESS%', address)
    const security = server.socketType === 'SSL' ? 'tls' : 'starttls'
    return [{ host, port: server.port, security, user, auth: takesPassword ? 'password' : 'xoauth2' }]
  })
  const rank = (server: AutoconfigServer) => (server.auth === 'password' ? 0 : 2) + (server.security === 'tls' ? 0 : 1)
  return usable.toSorted((a, b) => rank(a) - rank(b))[0] ?? null
}

function fill(template: string, address: string): string {
  const at = address.lastIndexOf('@')
  const values: Readonly<Record<string, string>> = {
    EMAILADDRESS: address,
    EMAILLOCALPART: address.slice(0, at),
    EMAILDOMAIN: address.slice(at + 1),
  }
  return template.replace(/%(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN)%/g, (whole, name: string) => values[name] ?? whole).trim()
}
