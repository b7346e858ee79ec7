/** What kind of document something is, by its name first: people and their mail programs state types carelessly. */
import { type DocumentKind, marks } from './format-documents.ts'

const extensions: Readonly<Record<DocumentKind, string>> = {
  pdf: 'pdf',
  image: 'jpg jpeg jpe jfif png gif webp avif heic heif bmp tif tiff ico svg psd raw dng cr2 nef',
  text: 'txt text md markdown log csv tsv json rtf tex asc srt html htm xhtml xml yaml yml ini diff patch',
  word: 'doc docx docm dot dotx odt ott pages wpd epub',
  sheet: 'xls xlsx xlsm xlsb xlt xltx ods ots numbers',
  slides: 'ppt pptx pptm pps ppsx odp otp key',
  archive: 'zip gz tgz bz2 xz 7z rar tar zst jar iso dmg',
  audio: 'mp3 m4a aac ogg oga opus wav flac wma amr aif aiff mid midi',
  video: 'mp4 m4v mov avi mkv webm wmv mpg mpeg 3gp flv ogv',
  calendar: 'ics ical ifb vcs',
  contact: 'vcf vcard ldif',
  message: 'eml msg mbox mht mhtml',
  other: '',
}

const byExtension: ReadonlyMap<string, DocumentKind> = new Map(
  (Object.entries(extensions) as [DocumentKind, string][]).flatMap(([kind, list]) =>
    list.split(' ').map((extension): [string, DocumentKind] => [extension, kind]),
  ),
)

const byType: readonly (readonly [RegExp, DocumentKind])[] = [
  [/^application\/(x-)?pdf$/, 'pdf'],
  [/^image\//, 'image'],
  [/^audio\//, 'audio'],
  [/^video\//, 'video'],
  [/^(text\/(x-v)?calendar|application\/ics)$/, 'calendar'],
  [/^text\/(x-)?(vcard|directory)$/, 'contact'],
  [/^message\/(rfc822|global)$/, 'message'],
  [
    /^application\/(msword|vnd\.ms-word|vnd\.openxmlformats-officedocument\.wordprocessingml|vnd\.oasis\.opendocument\.text)/,
    'word',
  ],
  [
    /^application\/(vnd\.ms-excel|vnd\.openxmlformats-officedocument\.spreadsheetml|vnd\.oasis\.opendocument\.spreadsheet)/,
    'sheet',
  ],
  [
    /^application\/(vnd\.ms-powerpoint|vnd\.openxmlformats-officedocument\.presentationml|vnd\.oasis\.opendocument\.presentation)/,
    'slides',
  ],
  [/^application\/(zip|gzip|x-(zip-compressed|gzip|tar|7z-compressed|rar-compressed|bzip2?))$/, 'archive'],
  [/^text\//, 'text'],
]

export function documentKind(name: string, type: string): DocumentKind {
  const extension = extensionOf(name)
  return byExtension.get(extension) ?? byType.find(([pattern]) => pattern.test(type))?.[1] ?? 'other'
}

/** Lower case, '' without one. */
function extensionOf(name: string): string {
  return /\.([A-Za-z0-9]{1,10})\s*$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/**
 * Kinds that may lie on the disk as ordinary files, by their names: what opens in a program that runs nothing of it. Never
 * what a browser may take for a page (HTML, SVG, XML, names it does not know), programs or scripts.
 */
const safe: ReadonlySet<string> = new Set(
  (
    'pdf jpg jpeg jpe jfif png gif webp avif heic heif bmp tif tiff txt csv md log rtf doc docx dot dotx odt ott pages xls xlsx xlt xltx ' +
    'ods ots numbers ppt pptx pps ppsx odp otp key zip gz tgz bz2 xz 7z rar tar mp3 m4a aac ogg oga opus wav flac wma amr aif aiff mid ' +
    'mp4 m4v mov avi mkv webm wmv mpg mpeg 3gp ogv ics vcf epub'
  ).split(' '),
)

/** True for an attachment that becomes an ordinary file: of a safe kind, and not shown inside its message. */
export function isDocument({ name, inline }: { readonly name: string; readonly inline: boolean }): boolean {
  return !inline && safe.has(extensionOf(name))
}

/** The bit of `MailColumns.marks` that says a message has an attachment of the kind. */
export function kindMark(kind: DocumentKind): number {
  return marks[kind]
}
