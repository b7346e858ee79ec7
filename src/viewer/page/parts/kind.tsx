/** Kinds of documents, as pictures. */
import type { DocumentKind } from '../../format-documents.ts'
import type { IconName } from './icon.tsx'

const icons: Readonly<Record<DocumentKind, IconName>> = {
  pdf: 'documents',
  image: 'image',
  text: 'documents',
  word: 'documents',
  sheet: 'documents',
  slides: 'documents',
  archive: 'archive',
  audio: 'music',
  video: 'video',
  calendar: 'calendar',
  contact: 'contacts',
  message: 'mail',
  other: 'file',
}

export function kindIcon(kind: DocumentKind): IconName {
  return icons[kind]
}

export const documentKinds = Object.keys(icons) as readonly DocumentKind[]
