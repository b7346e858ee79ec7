/**
 * Who watches something run goes on where its end is told: the buttons that had the focus are gone with it, and nothing
 * would be said. Who is elsewhere, e.g. in the menu, stays there.
 */
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** Of what went in the very change that the screen is making. */
let wasWatched = false

/** For the element that shows how it runs. */
export function useWatched<T extends HTMLElement>(): RefObject<T | null> {
  const running = useRef<T>(null)
  useLayoutEffect(() => {
    const element = running.current
    return () => {
      const focused = document.activeElement
      wasWatched = focused === null || focused.matches('body, h1') || element?.contains(focused) === true
      queueMicrotask(() => {
        wasWatched = false
      })
    }
  }, [])
  return running
}

/** For the heading that says how it ended; it has to be able to take the focus. */
export function useGoingOn<T extends HTMLElement>(): RefObject<T | null> {
  const ended = useRef<T>(null)
  useLayoutEffect(() => {
    if (wasWatched) ended.current?.focus({ preventScroll: true })
  }, [])
  return ended
}
