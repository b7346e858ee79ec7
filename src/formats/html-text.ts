/**
 * The text of an HTML body as the search index knows it, and as a page shows it where HTML is not wanted. It is one pass over
 * the characters, forgiving as browsers are, and safe to show as text only.
 */

/** Elements that do not end a word. */
const inline: ReadonlySet<string> = new Set(
  'a abbr acronym b bdi bdo big cite code data dfn em font i ins kbd label mark nobr q s samp small span strike strong sub sup tt u var wbr'.split(
    ' ',
  ),
)
const blocks: ReadonlySet<string> = new Set(
  'address article aside blockquote body br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tr ul'.split(
    ' ',
  ),
)
/** Elements whose content nobody sees. */
const hidden: ReadonlySet<string> = new Set('head iframe noembed noframes object script style template title xml'.split(' '))

const tag = /<(?:!--[\s\S]*?(?:-->|$)|[!?][^>]*>?|(\/?)([a-z][a-z0-9:-]*)(?:[^>=]+|=\s*"[^"]*"|=\s*'[^']*'|=)*>?)/gi

/** Line ends are LF; at most one empty line follows another. */
export function textOfHtml(html: string): string {
  const parts: string[] = []
  const unclosed = new Set<string>()
  let skipUntil: string | null = null
  let last = 0
  const hides = (name: string) => {
    if (!hidden.has(name) || unclosed.has(name)) return false
    if (endsLater(html, last, name)) return true
    unclosed.add(name)
    return false
  }
  tag.lastIndex = 0
  for (const match of html.matchAll(tag)) {
    if (skipUntil === null) parts.push(textBetween(html, last, match.index))
    last = match.index + match[0].length
    const name = match[2]?.toLowerCase()
    if (name === undefined) continue
    if (skipUntil !== null) {
      if (match[1] === '/' && name === skipUntil) skipUntil = null
      continue
    }
    if (match[1] === '' && hides(name)) skipUntil = name
    else parts.push(spaceFor(name))
  }
  if (skipUntil === null) parts.push(textBetween(html, last, html.length))
  return parts
    .join('')
    .replaceAll(/[ \t\u00a0]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

function spaceFor(name: string): string {
  if (blocks.has(name)) return '\n'
  return inline.has(name) ? '' : ' '
}

/** An element that is never closed hides nothing: better too much text than none. */
function endsLater(html: string, from: number, name: string): boolean {
  return new RegExp(`</${name}`, 'i').test(html.slice(from))
}

function textBetween(html: string, start: number, end: number): string {
  if (start >= end) return ''
  return decodeEntities(html.slice(start, end).replaceAll(/\s+/g, ' '))
}

const entity = /&(?:#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))|([a-z][a-z0-9]{1,31}));?/gi

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(entity, (whole: string, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return named.get(name) ?? named.get(name.toLowerCase()) ?? whole
    return character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

/** Numbers 128–159 mean Windows-1252, as browsers take them. */
function character(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return windows1252.charAt(code - 0x80)
  if (code === 0 || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd'
  return String.fromCodePoint(code)
}

const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** U+00A0 to U+00FF in order, then others. */
const latin =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'
const others =
  'amp & lt < gt > quot " apos \' euro € hellip … ndash – mdash — lsquo ‘ rsquo ’ ldquo “ rdquo ” sbquo ‚ bdquo „ bull • trade ™ OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ fnof ƒ circ ˆ tilde ˜ ensp \u2002 emsp \u2003 thinsp \u2009 zwnj \u200c zwj \u200d lrm \u200e rlm \u200f dagger † Dagger ‡ permil ‰ lsaquo ‹ rsaquo › larr ← uarr ↑ rarr → darr ↓ harr ↔ minus − infin ∞ ne ≠ le ≤ ge ≥ asymp ≈ sum ∑ radic √ check ✓ Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ omicron ο pi π rho ρ sigmaf ς sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω'.split(
    ' ',
  )
const named: ReadonlyMap<string, string> = new Map([
  ...latin.split(' ').map((name, at): [string, string] => [name, String.fromCharCode(0xa0 + at)]),
  ...others.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, others[at + 1] ?? '']] : [])),
])
