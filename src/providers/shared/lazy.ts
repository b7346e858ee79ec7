/** A source or target whose code is loaded when it is used: everything else starts sooner without it. */
import type { Source } from '../../core/source.ts'
import type { Target } from '../../core/target.ts'

export function lazySource(concurrency: number, load: () => Promise<Source>): Source {
  let opened: Promise<Source> | null = null
  let source: Source | null = null
  const open = async () => {
    opened ??= load()
    source = await opened
    return source
  }
  return {
    concurrency,
    async *collections(signal) {
      yield* (await open()).collections(signal)
    },
    async *changes(c, since, signal, isKnown) {
      yield* (await open()).changes(c, since, signal, isKnown)
    },
    async *fetch(c, items, signal) {
      yield* (await open()).fetch(c, items, signal)
    },
    census: async (signal) => (await (await open()).census?.(signal)) ?? [],
    leastSeconds: (items) => source?.leastSeconds?.(items) ?? 0,
    close: async () => (await opened?.catch(() => null))?.close(),
  }
}

/** `discards`: whether what a rehearsal made can be removed again. */
export function lazyTarget(
  options: { readonly keepsLabels: boolean; readonly discards: boolean },
  load: () => Promise<Target>,
): Target {
  let opened: Promise<Target> | null = null
  const open = () => {
    opened ??= load()
    return opened
  }
  return {
    concurrency: 1,
    keepsLabels: options.keepsLabels,
    open: async (collections, signal) => (await open()).open(collections, signal),
    ensure: async (c, signal) => (await open()).ensure(c, signal),
    async *put(place, items, signal) {
      yield* (await open()).put(place, items, signal)
    },
    async *check(place, signal) {
      yield* (await open()).check(place, signal)
    },
    ...(options.discards ? { discard: async (paths, signal) => (await open()).discard?.(paths, signal) } : {}),
    close: async () => (await opened?.catch(() => null))?.close(),
  }
}
