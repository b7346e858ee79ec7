/** Gmail's labels (X-GM-EXT-1) for messages that a restore has put into an account. */
import type { PutOutcome, RestoreItem } from '../../core/target.ts'
import { Refusal } from './errors.ts'
import { type Created, labelsOf } from './target-messages.ts'
import { parseKey } from './uids.ts'
import type { AddedAt } from './writing-session.ts'

/** Their numbers keep to the length of line that every server takes. */
const messagesAtOnce = 80

interface Labelled {
  readonly key: string
  readonly uid: number
  readonly labels: readonly string[]
}

/** Adds labels to all of the messages. @throws Refusal where the server takes one of them not */
type AddLabels = (at: AddedAt, labels: readonly string[]) => Promise<void>

/** Gives the messages that were put there their labels, and adds to the outcomes what was refused, also to `created`. */
export async function withLabels(
  outcomes: readonly PutOutcome[],
  items: readonly RestoreItem[],
  created: Map<number, Created>,
  add: AddLabels,
): Promise<readonly PutOutcome[]> {
  const labels = new Map(items.map((item) => [item.key, labelsOf(item)]))
  const places = outcomes.flatMap((outcome) =>
    'at' in outcome && outcome.at !== undefined ? [{ key: outcome.key, at: outcome.at }] : [],
  )
  const losses = new Map<string, string[]>()
  for (const [uidvalidity, group] of Map.groupBy(places, ({ at }) => at.split('.')[0] ?? '')) {
    const messages = group.map(({ key, at }) => ({ key, uid: parseKey(at, uidvalidity) ?? 0, labels: labels.get(key) ?? [] }))
    const refused = await addAllLabels(uidvalidity, messages, add)
    for (const { key, uid } of messages) {
      const without = refused.get(key) ?? []
      losses.set(
        key,
        without.map(({ label, words }) => `It has no label “${label}” there. ${words}`),
      )
      const own = created.get(uid)
      const isRefused = (label: string) => without.some((one) => one.label === label)
      if (own !== undefined) created.set(uid, { ...own, labels: own.labels.filter((label) => !isRefused(label)) })
    }
  }
  return outcomes.map((outcome) =>
    outcome.kind === 'created'
      ? { ...outcome, losses: [...(outcome.losses ?? []), ...(losses.get(outcome.key) ?? [])] }
      : outcome,
  )
}

/** Gives each message its labels. Answers by key which labels the server refused, with its words. */
async function addAllLabels(
  uidvalidity: string,
  messages: readonly Labelled[],
  add: AddLabels,
): Promise<Map<string, { readonly label: string; readonly words: string }[]>> {
  const refused = new Map<string, { label: string; words: string }[]>()
  const alike = Map.groupBy(messages, ({ labels }) => JSON.stringify(labels.toSorted()))
  for (const group of alike.values()) {
    for (let i = 0; i < group.length; i += messagesAtOnce) {
      const some = group.slice(i, i + messagesAtOnce)
      const at: AddedAt = { uidvalidity, uids: some.map(({ uid }) => uid).sort((a, b) => a - b) }
      for (const refusal of await addTogether(at, some[0]?.labels ?? [], add))
        for (const { key } of some) refused.set(key, [...(refused.get(key) ?? []), refusal])
    }
  }
  return refused
}

/** One label that the server does not take must not cost the others. */
async function addTogether(
  at: AddedAt,
  labels: readonly string[],
  add: AddLabels,
): Promise<{ readonly label: string; readonly words: string }[]> {
  if (labels.length === 0) return []
  try {
    await add(at, labels)
    return []
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const [only] = labels
    if (labels.length === 1 && only !== undefined) return [{ label: only, words: error.message }]
  }
  const refused: { label: string; words: string }[] = []
  for (const label of labels) refused.push(...(await addTogether(at, [label], add)))
  return refused
}
