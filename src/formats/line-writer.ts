/** Writes content lines of vCard (RFC 6350 section 3.2) and iCalendar (RFC 5545 section 3.1). */

export type Params = Readonly<Record<string, string | readonly string[] | undefined>>

const lineOctets = 75

/** One line with its CRLF, folded so that no physical line is longer than 75 octets and no character is torn. */
export function contentLine(name: string, params: Params, value: string): string {
  const written = Object.entries(params).flatMap(([param, given]) => {
    const values = given === undefined ? [] : typeof given === 'string' ? [given] : given
    return values.length === 0 ? [] : [`;${param}=${values.map(paramValue).join(',')}`]
  })
  return fold(`${name}${written.join('')}:${value}`)
}

/** TEXT (RFC 6350 section 3.4, RFC 5545 section 3.3.11). Control characters that no text may hold are left out. */
export function textValue(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\0-\x08\x0b-\x1f\x7f]/g, '')
    .replace(/[\\;,]/g, (character) => `\\${character}`)
    .replace(/\n/g, '\\n')
}

/** The parts of a structured value such as N, ADR or ORG; each may be a list. */
export function structuredValue(parts: readonly (string | readonly string[] | null | undefined)[]): string {
  return parts.map((part) => (typeof part === 'string' ? [part] : (part ?? [])).map(textValue).join(',')).join(';')
}

/** A value that is no TEXT and stands as it is, e.g. a URI: without what would end the line. */
export function plainValue(value: string): string {
  return value.replace(/[\0-\x1f\x7f]/g, '').trim()
}

/** RFC 6868: what a parameter cannot hold is written with carets. */
function paramValue(value: string): string {
  const safe = value
    .replace(/\^/g, '^^')
    .replace(/\r\n?|\n/g, '^n')
    .replace(/"/g, "^'")
    .replace(/[\0-\x1f\x7f]/g, '')
  return /[,:;]/.test(safe) ? `"${safe}"` : safe
}

function fold(line: string): string {
  const lines: string[] = []
  let current = ''
  let octets = 0
  for (const character of line) {
    const length = Buffer.byteLength(character)
    if (octets + length > lineOctets) {
      lines.push(current)
      current = ' '
      octets = 1
    }
    current += character
    octets += length
  }
  return `${[...lines, current].join('\r\n')}\r\n`
}
