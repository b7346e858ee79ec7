/** Giving things to the person: a file to save, text to paste. */

/** Offers the octets as a file of that name. `octets` in parts: one large piece can exceed what the browser copies at once. */
export function saveFile(
  name: string,
  octets: readonly (string | Uint8Array<ArrayBuffer>)[],
  type = 'application/octet-stream',
): void {
  const url = URL.createObjectURL(new Blob([...octets], { type }))
  const link = document.createElement('a')
  link.href = url
  const [first] = octets
  link.download = safeFileName(name, first instanceof Uint8Array ? first : new Uint8Array())
  link.click()
  // The browser has to have begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i
/** Types that a browser or system would run or render with rights when opened from the disk (FORMAT: active types). */
const active =
  /\.(?:html?|xht(?:ml)?|shtml|svgz?|xml|xslt?|rss|atom|rdf|mht(?:ml)?|maff|hta|htc|js|mjs|cjs|jse|vbs?|vbe|wsf|wsh|psm?1|bat|cmd|com|exe|dll|scr|msi|msp|lnk|url|desktop|jar|jnlp|app|dmg|iso|reg|cpl|pif|swf|chm|hlp|sh|bash|command|scf|inf|one|docm|dotm|xlsm|xlam|pptm|sldm|wasm|php|py|pl|rb|library-ms|search-ms|settingcontent-ms|appref-ms|website|webloc)$/i

/** What a browser may take for something that runs: by its ending, or because it has none and the browser guesses. */
export function isActiveName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return active.test(name) || !guessed.test(name)
}

/** Endings whose type browsers know; without one, Firefox looks at the content and may find HTML. */
const guessed =
  /\.(?:pdf|png|jpe?g|gif|webp|bmp|avif|heic|tiff?|ico|txt|csv|log|mp3|m4a|aac|ogg|oga|opus|wav|flac|mp4|m4v|webm|ogv|mov|mkv|avi|docx?|xlsx?|pptx?|odt|ods|odp|rtf|epub|zip|7z|rar|gz|bz2|xz|tar|tgz|vcf|ics|eml|json|mbox|pages|numbers|key)$/i

/** Markup, in the eyes of a browser that guesses. */
function looksLikeMarkup(octets: Uint8Array): boolean {
  return new TextDecoder().decode(octets.subarray(0, 512)).trimStart().startsWith('<')
}

/** UTF-16 units. */
const longestName = 150

/** What goes is the end of the stem: by its ending a file is opened. */
function shortened(name: string): string {
  if (name.length <= longestName) return name
  const ending = /\.\w{1,10}$/.exec(name)?.[0] ?? ''
  return name.slice(0, longestName - ending.length).replace(/[\ud800-\udbff\s.]+$/, '') + ending
}

/**
 * A name that every system takes and that nothing runs: active types get `.txt` behind, and so does what a browser has to guess
 * and would take for a page.
 */
export function safeFileName(name: string, octets = new Uint8Array()): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, '')
    .replaceAll(/[\\/:*?"<>|]/g, '_')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '')
  const short = shortened(plain)
  const named = short === '' ? 'file' : reserved.test(short) ? `_${short}` : short
  return active.test(named) || (!guessed.test(named) && looksLikeMarkup(octets)) ? `${named}.txt` : named
}

/** False when the browser would not let us. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.createElement('textarea')
    field.value = text
    field.style.position = 'fixed'
    field.style.opacity = '0'
    document.body.append(field)
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    return done
  }
}
