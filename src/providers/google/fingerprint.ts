/** When two contacts or two events say the same, as far as Google holds it. */
import { hash } from 'node:crypto'
import type { Originals } from '../../core/items.ts'
import { cardPerson } from './card-person.ts'
import type { Person } from './person-card.ts'
import { seriesOf, seriesText, standing } from './writable-event.ts'
import { personText } from './writable-person.ts'

export function contactFingerprint(content: Uint8Array, originals: Originals | null): string {
  const [original] = originals ?? []
  return sum(personText(original === undefined ? cardPerson(content).person : (original as Person)))
}

export function eventFingerprint(content: Uint8Array, originals: Originals | null): string {
  const series = seriesOf(content, originals)
  // A task, which Google Calendar does not take.
  return sum(series === null ? '' : seriesText(standing(series)))
}

const sum = (text: string): string => hash('sha256', text, 'hex')
