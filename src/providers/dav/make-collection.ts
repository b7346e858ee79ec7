/** Requests that make an address book (RFC 5689 extended MKCOL) or a calendar (RFC 4791 MKCALENDAR). */
import type { JsonObject } from '../../core/json.ts'
import type { DavService } from './home.ts'
import type { WritingRequest } from './writing-http.ts'
import { escapeXml } from './xml.ts'

const declarations =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:A="http://apple.com/ns/ical/"'

/** `meta` as `listCollections` gives it. */
export function makeCollectionRequest(url: URL, service: DavService, name: string, meta: JsonObject): WritingRequest {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)
  const element = (tag: string, value: string | null) => (value === null ? '' : `<${tag}>${escapeXml(value)}</${tag}>`)
  const displayName = element('D:displayname', name)
  if (service === 'contacts') {
    const properties = `<D:resourcetype><D:collection/><CR:addressbook/></D:resourcetype>${displayName}${element('CR:addressbook-description', text(meta['description']))}`
    const body = `<?xml version="1.0" encoding="utf-8"?>\n<D:mkcol ${declarations}><D:set><D:prop>${properties}</D:prop></D:set></D:mkcol>\n`
    return { method: 'MKCOL', url, body }
  }
  const components = Array.isArray(meta['components']) ? meta['components'].map(String) : []
  const set = components.map((component) => `<C:comp name="${escapeXml(component)}"/>`).join('')
  const properties = [
    displayName,
    element('C:calendar-description', text(meta['description'])),
    set === '' ? '' : `<C:supported-calendar-component-set>${set}</C:supported-calendar-component-set>`,
    element('C:calendar-timezone', text(meta['timezone'])),
    element('A:calendar-color', text(meta['colour'])),
  ].join('')
  const body = `<?xml version="1.0" encoding="utf-8"?>\n<C:mkcalendar ${declarations}><D:set><D:prop>${properties}</D:prop></D:set></C:mkcalendar>\n`
  return { method: 'MKCALENDAR', url, body }
}
