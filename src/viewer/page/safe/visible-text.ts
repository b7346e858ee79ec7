/**
 * Text from outside as a person should see it: characters that reorder or hide what stands around them are shown as marks,
 * so that `invoice<RLO>fdp.exe` cannot pass for a PDF.
 */

/** Bidirectional controls (UAX 9), zero-width and invisible characters, line and paragraph separators, C0 and C1 controls. */
const hidden = new RegExp(
  [
    '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f]',
    '[\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb]',
    '[\\u{e0000}-\\u{e007f}]',
  ].join('|'),
  'gu',
)
/** Scripts that part or join their letters by characters without a shape. */
const joining = 'Arab Syrc Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mong'
  .split(' ')
  .map((script) => `\\p{scx=${script}}`)
  .join('')
/**
 * Joiners that scripts and emoji need between two characters of theirs, and the tags that make a black flag that of a country; a
 * mark there would only disturb.
 */
const joined = new RegExp(
  `(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f${joining}])[\\u200c\\u200d](?=[\\p{Extended_Pictographic}\\p{Letter}])` +
    '|(?<=\\u{1f3f4})[\\u{e0061}-\\u{e007a}]{4,6}\\u{e007f}',
  'gu',
)

/** For one line: names, subjects, addresses, file names. */
export function visibleName(text: string): string {
  const kept: string[] = []
  const safe = text.replaceAll(joined, (joiner) => {
    kept.push(joiner)
    return '\u0000'
  })
  let next = 0
  return safe
    .replaceAll(hidden, (char) => (char === '\u0000' && next < kept.length ? (kept[next++] ?? '') : mark(char)))
    .replaceAll(/[\t\n\r]+/g, ' ')
}

function mark(char: string): string {
  const code = char.codePointAt(0) ?? 0
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`
}

const reordering = /[\u202a-\u202e\u2066-\u2069]/gu

/** For text of several lines: its layout stays; only what reorders it is marked. */
export function visibleLines(text: string): string {
  return text.replaceAll(reordering, mark)
}
