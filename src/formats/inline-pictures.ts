/** Which pictures of a message a reader sees within its text. */

/** Octets; a larger one is a photo that somebody sent, whatever shows it. */
const largestInText = 256 * 1024

/** Kinds of picture that every browser shows and none runs. */
const isPicture = (type: string): boolean => /^image\/(png|jpe?g|gif|webp)$/.test(type)

/** Without the angle brackets of a header. */
export const bareContentId = (id: string): string => id.replaceAll(/^<|>$/g, '')

/** Content-IDs of what the HTML shows (RFC 2392). */
export function contentIdsIn(html: string): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [, , quoted, bare = ''] of html.matchAll(/(["'])\s*cid:([^"'<>]{1,500})\1|cid:([^"'\s<>)]{1,500})/gi)) {
    const id = (quoted ?? bare).replaceAll('&amp;', '&').trim()
    ids.add(bareContentId(id))
    try {
      ids.add(bareContentId(decodeURIComponent(id)))
    } catch {
      // A percent sign that is only a percent sign.
    }
  }
  return ids
}

/**
 * Programs put all kinds of attachments into `multipart/related` or call them inline: documents, and photos. Only what the HTML
 * shows, `shown` by `contentIdsIn`, is a part of the text. `size`: octets.
 */
export function isInText(contentId: string, mimeType: string, size: number, shown: ReadonlySet<string>): boolean {
  const id = bareContentId(contentId)
  return id !== '' && shown.has(id) && isPicture(mimeType) && size <= largestInText
}
