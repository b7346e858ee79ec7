/** When two messages, contacts or events say the same, as far as Microsoft holds it. */
import { hash } from 'node:crypto'
import type { ItemBody, Recipient } from '@microsoft/microsoft-graph-types'
import type { Originals } from '../../core/items.ts'
import { textOfHtml } from '../../formats/html-text.ts'
import { canonicalJson } from '../shared/canonical.ts'
import { contactOf } from './card-contact.ts'
import { type ChangedEvent, icalEvents, type NewEvent } from './ical-event.ts'
import { newMessage } from './mail-message.ts'
import { contactText } from './writable-contact.ts'

/** The parts from which Exchange makes the octets anew each time; dates and marks are listed. */
export async function messageFingerprint(content: Uint8Array): Promise<string> {
  const { body, attachments } = await newMessage(content, '', {})
  const { subject, internetMessageId, from, toRecipients, ccRecipients, replyTo, body: text } = body
  const people = [from ? [from] : [], toRecipients, ccRecipients, replyTo].map(addressesOf)
  return sum([subject?.trim(), internetMessageId, people, said(text), filesText(attachments)])
}

/** Exchange may know a name of its own for an address. */
function addressesOf(people: readonly Recipient[] | null | undefined): string[] {
  return (people ?? []).map(({ emailAddress }) => emailAddress?.address?.toLowerCase() ?? '').sort()
}

function filesText(files: readonly { readonly name: string; readonly octets: Uint8Array }[]): string {
  return canonicalJson(files.map(({ name, octets }) => `${hash('sha256', octets, 'hex')} ${name}`).sort())
}

export function contactFingerprint(content: Uint8Array, originals: Originals | null): string {
  const { contact, photo } = contactOf(content, originals)
  // How it is filed Outlook says itself where nobody did.
  return sum([contactText({ ...contact, fileAs: null }), photo !== null])
}

export function eventFingerprint(content: Uint8Array): string {
  const series = icalEvents(content)
  // A task, which Outlook's calendar does not take.
  if (series === null) return sum(null)
  const { uid, exceptions, cancelled } = series
  const [first, ...others] = series.master === null ? exceptions.slice(0, 1) : [series.master, ...exceptions]
  const changed = others.map((one) => [(one as ChangedEvent).originalStart, eventText(one)].join(' '))
  return sum([uid, first === undefined ? null : eventText(first), changed.sort(), cancelled.toSorted()])
}

/** Guests are no part of it: nobody is to be invited, which is told as a loss. */
function eventText({ event, attachments }: NewEvent): string {
  const { body, categories, ...others } = event
  return canonicalJson([others, said(body), (categories ?? []).toSorted(), filesText(attachments)])
}

/** Exchange puts text into a page of its own, and ends lines as it likes. */
function said(body: ItemBody | null | undefined): string {
  const content = body?.content ?? ''
  return (body?.contentType === 'html' ? textOfHtml(content) : content).replace(/\s+/g, ' ').trim()
}

function sum(value: unknown): string {
  return hash('sha256', canonicalJson(value), 'hex')
}
