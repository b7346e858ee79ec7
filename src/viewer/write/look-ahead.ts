/** The same values, `count` of them fetched and shown to `prepare` before they are asked for. */
export async function* lookAhead<T>(
  source: AsyncIterable<T>,
  count: number,
  prepare: (value: T) => Promise<void>,
): AsyncGenerator<T> {
  const ready: T[] = []
  for await (const value of source) {
    await prepare(value)
    ready.push(value)
    if (ready.length > count) {
      const [first] = ready.splice(0, 1)
      if (first !== undefined) yield first
    }
  }
  yield* ready
}
