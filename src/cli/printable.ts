/** Text from mail and servers must not steer the terminal: no escape sequence, no reversed direction, no forged line. */

/**
 * C0 and C1 control characters, delete, line and paragraph separators, bidirectional controls (UAX #9 section 2),
 * interlinear and tag characters, lone surrogates.
 */
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** One line that shows each unsafe character as its code point, e.g. `\u{1B}`. */
export function printable(text: string): string {
  return text.replace(unsafe, visible)
}

/** As `printable`, with line ends and tabs kept. */
export function printableText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unsafe, (found) => (found === '\n' || found === '\t' ? found : visible(found)))
}

function visible(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`
}

/** JSON with the same value, in which unsafe characters are escaped: JSON itself leaves C1 and bidirectional controls as they are. */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(unsafe, (found) => (found === '\n' ? found : jsonEscape(found)))
}

function jsonEscape(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
