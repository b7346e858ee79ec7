/** What a file of an archive is, by its name and, where that does not tell, by its first octets. */
import { startsLikeMbox } from '../../formats/mbox-reader.ts'

/**
 * `message`, `mbox`: certain. `mbox-or-message`: a file of a message's extension that starts like an mbox.
 * `maybe-message`: text or nothing, a message where its neighbours are messages. `not-mbox`: called an mbox, but is none.
 */
export type FileKind = 'message' | 'mbox' | 'mbox-or-message' | 'maybe-message' | 'not-mbox' | 'other'

export type NameVerdict =
  | { readonly kind: 'message' | 'other' | 'zip' | 'ask' }
  | { readonly kind: 'unsupported'; readonly reason: string }

/** Enough for a header line after some long ones (Received, DKIM-Signature). */
export const sniffLength = 8 * 1024

const unsupported: Readonly<Record<string, string>> = {
  pst: 'Outlook data files (.pst) cannot be read. Export the mail as mbox or .eml files first.',
  ost: 'Outlook data files (.ost) cannot be read. Export the mail as mbox or .eml files first.',
  olm: 'Outlook for Mac archives (.olm) cannot be read. Export the mail as mbox or .eml files first.',
  dbx: 'Outlook Express files (.dbx) cannot be read. Export the mail as mbox or .eml files first.',
  nsf: 'Notes databases (.nsf) cannot be read. Export the mail as mbox or .eml files first.',
  emlx: 'Files of Apple Mail (.emlx) cannot be read. Export the mailbox from Apple Mail as mbox first.',
  tgz: 'This kind of archive (.tgz) cannot be read. Unpack it and use the folder.',
}

/** Extensions of files that lie beside mail in exports and mail folders and are no messages. */
const otherExtensions: ReadonlySet<string> = new Set(
  (
    'html htm xhtml css js ts json jsonl csv tsv xml md rtf pdf doc docx xls xlsx ppt pptx odt ods odp ics vcf vcard ' +
    'jpg jpeg png gif svg webp heic bmp tif tiff ico mp3 m4a wav ogg mp4 mov avi mkv gz bz2 xz 7z rar tar exe dll iso dmg ' +
    'msf dat db sqlite sqlite3 idx index cache lock log plist ini cfg conf sh py'
  ).split(' '),
)
const otherNames =
  /^(?:thumbs\.db|desktop\.ini|maildirfolder|subscriptions|maildirsize|table_of_contents|dovecot.*|courier.*|sha256sums?|readme|license)$/i
const messageExtensions: ReadonlySet<string> = new Set(['txt', 'raw', 'msg', 'mail', 'email', 'rfc822'])

/** Files that systems leave behind everywhere. */
export function isJunk(name: string): boolean {
  return /^(?:\.ds_store|\._.*|thumbs\.db|desktop\.ini|__macosx)$/i.test(name)
}

/** What mail programs note beside the mail. */
export function isMailBookkeeping(name: string): boolean {
  return (
    /\.msf$/i.test(name) || /^(?:maildirfolder|subscriptions|maildirsize|table_of_contents|dovecot[.-].*|courier.*)$/i.test(name)
  )
}

/** The service that a file belongs to by its extension. */
export function itemKind(name: string): 'contacts' | 'calendar' | null {
  const ending = extension(name)
  if (ending === 'vcf' || ending === 'vcard') return 'contacts'
  return ending === 'ics' || ending === 'ical' || ending === 'ifb' || ending === 'vcs' ? 'calendar' : null
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase()
}

export function judgeName(name: string): NameVerdict {
  const ending = extension(name)
  if (ending === 'eml') return { kind: 'message' }
  // MH and some Maildir-like folders number their messages.
  if (/^\d{1,9}$/.test(name)) return { kind: 'message' }
  if (ending === 'zip') return { kind: 'zip' }
  const reason = unsupported[ending]
  if (reason !== undefined) return { kind: 'unsupported', reason }
  if (name.startsWith('.') || otherNames.test(name) || otherExtensions.has(ending)) return { kind: 'other' }
  return { kind: 'ask' }
}

export function judgeContent(name: string, beginning: Buffer): FileKind {
  const ending = extension(name)
  if (startsLikeMbox(beginning)) {
    return messageExtensions.has(ending) && !/\.mbox\./i.test(name) ? 'mbox-or-message' : 'mbox'
  }
  const isMbox = ending === 'mbox'
  if (beginning.length === 0) return isMbox ? 'mbox' : 'maybe-message'
  if (startsLikeMessage(beginning)) return isMbox ? 'mbox' : 'message'
  if (isMbox) return 'not-mbox'
  return beginning.includes(0) ? 'other' : 'maybe-message'
}

const mailField =
  /^(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|delivered-to|reply-to|sender|content-[a-z-]{4,40}|x-[\w-]{1,60}|dkim-signature|authentication-results|arc-[a-z-]{4,40}):/im

/** The first line is a header field, and among the first lines is one of mail. */
function startsLikeMessage(beginning: Buffer): boolean {
  const text = beginning.toString('latin1').replace(/^\xef\xbb\xbf/, '')
  const header = text.split(/\r?\n\r?\n/, 1)[0] ?? ''
  return /^[!-9;-~]{1,76}[ \t]*:/.test(header) && mailField.test(header)
}
