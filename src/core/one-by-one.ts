/**
 * Answers how to ask for work that many ask for: it runs once at a time, so that an older answer never comes upon a newer one, and
 * who asks meanwhile is answered by one more. What it throws is left to the next.
 */
export function oneByOne(work: () => Promise<unknown>): () => void {
  let isRunning = false
  let again = false
  const run = async (): Promise<void> => {
    again = isRunning
    if (isRunning) return
    isRunning = true
    await work().catch(() => undefined)
    isRunning = false
    if (again) void run()
  }
  return () => void run()
}
