/** What has to be different on paper: the browser says so before it lays a page out for printing, and once it has. */
import { useEffect, useState } from 'preact/hooks'

/** Calls `begin` before a page is printed, and what it answers afterwards. Answers how to stop. */
export function onPrinting(begin: () => () => void): () => void {
  let end: (() => void) | null = null
  const before = (): void => {
    end ??= begin()
  }
  const after = (): void => {
    end?.()
    end = null
  }
  addEventListener('beforeprint', before)
  addEventListener('afterprint', after)
  return () => {
    removeEventListener('beforeprint', before)
    removeEventListener('afterprint', after)
    after()
  }
}

export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false)
  useEffect(() => {
    return onPrinting(() => {
      setPrinting(true)
      return () => setPrinting(false)
    })
  }, [])
  return isPrinting
}
