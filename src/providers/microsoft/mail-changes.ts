/** What is in a mail folder, and what happened there: Microsoft's deltas made whole. */
import { AppError, hasCode } from '../../core/errors.ts'
import type { Change } from '../../core/source.ts'
import { ServerFault } from './errors.ts'
import type { Mail, Message } from './mail.ts'
import { itemOf } from './mail-meta.ts'

/** More are dearer to ask for one by one than to list the whole folder. */
const mostTouched = 1_000

/**
 * Everything in the folder. Pages may come again and in any order, and name only a part of a message that changes meanwhile:
 * whatever is in doubt is asked for.
 * @param isEmpty Microsoft counts nothing in it
 * @returns the link that goes on from here
 */
export async function* everything(mail: Mail, folder: string, isEmpty: boolean): AsyncGenerator<Change, string> {
  const verbs = isEmpty ? new Map<string, string>() : await verbsIn(mail, folder)
  const seen = new Set<string>()
  const vague = new Map<string, Message | null>()
  const removed = new Set<string>()
  let end: string | null = null
  for await (const { touched, link } of mail.delta(folder, null)) {
    end = link ?? end
    for (const one of touched) {
      if ('removed' in one) removed.add(one.removed)
      else if (!isWhole(one.message) || isElsewhere(mail, one.message, folder)) vague.set(one.message.id, null)
      else {
        const { id } = one.message
        seen.add(id)
        yield { kind: 'item', item: itemOf(one.message, verbs.get(id)) }
      }
    }
  }
  for (const key of removed) {
    if (seen.has(key) || vague.has(key)) vague.set(key, null)
    else yield { kind: 'removed', key }
  }
  yield* asked(mail, folder, vague, removed)
  return linkOf(end)
}

/**
 * What happened since `link`. Of what changed Microsoft tells "at least the properties that have been updated" ("Use delta query to
 * track changes"), and it names as gone what left the folder and came back (microsoft-graph-docs#21752), so that each message is
 * asked for; so many that listing is cheaper are not.
 * @returns the link that goes on from here
 * @throws AppError `cursor-expired`
 */
export async function* changesSince(mail: Mail, folder: string, since: string): AsyncGenerator<Change, string> {
  const touched = new Map<string, Message | null>()
  const removed = new Set<string>()
  let end: string | null = null
  for await (const page of mail.delta(folder, since)) {
    end = page.link ?? end
    for (const one of page.touched) {
      if ('removed' in one) removed.add(one.removed)
      else touched.set(one.message.id, isWhole(one.message) ? one.message : null)
    }
    if (touched.size + removed.size > mostTouched)
      throw new AppError('cursor-expired', 'Much has changed, so all messages are listed again.')
  }
  for (const key of removed) touched.set(key, null)
  yield* asked(mail, folder, touched, removed)
  return linkOf(end)
}

/** `given`: what the delta told of each, where it told all of it. That and `removed` do where the message cannot be asked for. */
async function* asked(
  mail: Mail,
  folder: string,
  given: ReadonlyMap<string, Message | null>,
  removed: ReadonlySet<string>,
): AsyncGenerator<Change> {
  const ids = [...given.keys()]
  for (const [n, answer] of (await mail.messages(ids)).entries()) {
    const key = ids[n] ?? ''
    const message = 'body' in answer ? answer.body : (given.get(key) ?? null)
    if (message !== null) {
      const isGone = removed.has(key) ? message.parentFolderId !== folder : isElsewhere(mail, message, folder)
      if (isGone) yield { kind: 'removed', key }
      else yield { kind: 'item', item: itemOf(message) }
    } else if ('error' in answer) {
      if (!hasCode(answer.error, 'not-found') && !removed.has(key)) throw answer.error
      yield { kind: 'removed', key }
    }
  }
}

/** What was done last with messages is in no delta. A mailbox that does not tell is saved without it. */
async function verbsIn(mail: Mail, folder: string): Promise<ReadonlyMap<string, string>> {
  try {
    return await mail.verbs(folder)
  } catch (error) {
    if (error instanceof ServerFault || hasCode(error, 'unsupported')) return new Map()
    throw error
  }
}

/** A listing of all that was asked for; a change names only some of it. */
function isWhole({ receivedDateTime, subject, flag, isRead, isDraft }: Message): boolean {
  return [receivedDateTime, subject, flag, isRead, isDraft].every((member) => member !== undefined)
}

/** Microsoft may write the id of one folder in two ways: what is no folder that is known is taken for this one. */
function isElsewhere(mail: Mail, { parentFolderId }: Message, folder: string): boolean {
  return parentFolderId != null && parentFolderId !== folder && mail.knows(parentFolderId)
}

function linkOf(end: string | null): string {
  if (end !== null) return end
  throw new AppError('suspicious', 'Microsoft does not say how to go on after a list of messages.')
}
