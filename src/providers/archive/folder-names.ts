/** From the names on disk to the names a person knows, and what a folder of that name is used for. */
import type { Role } from '../../core/items.ts'
import type { Path } from './tree.ts'

/**
 * Takeout wraps the mail in `Takeout/<product, in the user's language>/`. Without these two the zip, the unpacked folder
 * and the folder of mail within it have the same collections. `outside` are the names above the archive's root.
 */
export function withoutTakeout(path: Path, outside: Path): Path {
  const all = [...outside, ...path]
  const kept = all.map((_, i) => i >= outside.length)
  all.forEach((name, i) => {
    if (name !== 'Takeout') return
    kept[i] = false
    if (i + 2 < all.length) kept[i + 1] = false
  })
  return all.filter((_, i) => kept[i])
}

/** A folder's own part of its path: Apple's `X.mbox/mbox` and Thunderbird's `X` + `X.sbd/` are folders called X. */
export function folderName(name: string): string {
  return name.replace(/(?<=.)\.(?:mbox|sbd)$/i, '')
}

/** `Inbox.mbox`, `Inbox.mbox.txt`, `Inbox`: an mbox file's part of its path. */
export function mboxName(file: string): string {
  return file.replace(/(?<=.)\.(?:mbox|mbx|mbox\.txt)$/i, '')
}

/** Maildir++: `.Clients.Acme` is the folder Acme in Clients. */
export function maildirPlusPath(name: string): Path {
  return name.split('.').filter((part) => part !== '')
}

/** Unequal paths have unequal keys; the Unicode form in which a disk happens to keep names does not count. */
export function collectionKey(path: Path): string {
  return path.map((name) => name.normalize('NFC').replaceAll('%', '%25').replaceAll('/', '%2F')).join('/')
}

/** Modified UTF-7 (RFC 3501 section 5.1.3), in which Maildir folders are named; any other name stays as it is. */
export function decodeModifiedUtf7(name: string): string {
  if (!name.includes('&') || !/^[\x20-\x7e]*$/.test(name)) return name
  let valid = true
  const decoded = name.replace(/&([A-Za-z0-9+,]*)(-?)/g, (_, base64: string, end: string) => {
    if (end === '') valid = false
    if (base64 === '') return '&'
    const utf16 = Buffer.from(base64.replaceAll(',', '/'), 'base64')
    if (utf16.length % 2 !== 0 || utf16.toString('base64').replace(/=+$/, '').replaceAll('/', ',') !== base64) valid = false
    else utf16.swap16()
    return utf16.toString('utf16le')
  })
  return valid && decoded.isWellFormed() && !decoded.includes('\0') ? decoded : name
}

const roleNames: readonly (readonly [Role, RegExp])[] = [
  ['inbox', /^(?:inbox|posteingang|boîte de réception|bandeja de entrada|recibidos|posta in arrivo)$/],
  [
    'sent',
    /^(?:sent|sent mail|sent items|sent messages|gesendet|gesendete (?:objekte|elemente)|messages envoyés|enviados|posta inviata)$/,
  ],
  ['drafts', /^(?:drafts?|entwürfe|brouillons|borradores|bozze)$/],
  ['trash', /^(?:trash|deleted (?:items|messages)|papierkorb|gelöschte (?:objekte|elemente)|corbeille|papelera|cestino)$/],
  ['junk', /^(?:junk|spam|junk e-?mail|bulk mail)$/],
  ['archive', /^(?:archive|archives|archiv|all archived)$/],
  ['all', /^all mail(?: including spam and trash)?$|^alle e-?mails?(?: einschlie(?:ß|ss)lich spam und papierkorb)?$/],
]

/** Only folders at the top have a role. */
export function roleOf(path: Path): Role | undefined {
  const [name] = path
  if (path.length !== 1 || name === undefined) return undefined
  const plain = name.normalize('NFC').toLowerCase()
  return roleNames.find(([, pattern]) => pattern.test(plain))?.[0]
}
