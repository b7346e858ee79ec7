/**
 * The program's stream of events, one for all windows of a browser: browsers open six connections to a server at most, and a stream
 * holds one as long as it lasts. The window that has the lock reads it and passes on what comes; once it is closed, the next does.
 */
import type { Job } from '../api/desktop/contract.ts'

export type Heard =
  /** Connected, perhaps again: what happened meanwhile is not known. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'home' }
  | { readonly kind: 'job'; readonly job: Job }
  /** The program cannot be reached. */
  | { readonly kind: 'lost' }

const name = 'lifeboat-events'

/** Answers how to stop. */
export function followEvents(hear: (heard: Heard) => void): () => void {
  const end = new AbortController()
  const others = new BroadcastChannel(name)
  others.addEventListener('message', ({ data }) => hear(data as Heard))
  const tell = (heard: Heard): void => {
    hear(heard)
    others.postMessage(heard)
  }
  const read = (): Promise<void> => readEvents(tell, end.signal)
  navigator.locks.request(name, { signal: end.signal }, read).catch(() => {
    // Where there are no locks to be had, each window reads for itself.
    if (!end.signal.aborted) void readEvents(hear, end.signal)
  })
  return () => {
    end.abort()
    others.close()
  }
}

/** Milliseconds. */
const openAgainAfter = 3_000

/** Until it is ended. */
function readEvents(tell: (heard: Heard) => void, end: AbortSignal): Promise<void> {
  let events: EventSource
  let waiting: ReturnType<typeof setTimeout> | undefined
  const open = (): void => {
    events = new EventSource('/api/events')
    events.addEventListener('hello', () => tell({ kind: 'hello' }))
    events.addEventListener('home', () => tell({ kind: 'home' }))
    events.addEventListener('job', ({ data }) => tell({ kind: 'job', job: JSON.parse(String(data)) as Job }))
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.OPEN) return
      tell({ kind: 'lost' })
      // The browser does not try again by itself after a refusal, and all other windows wait for this one.
      if (events.readyState === EventSource.CLOSED) waiting = setTimeout(open, openAgainAfter)
    })
  }
  open()
  return new Promise((resolve) => {
    end.addEventListener('abort', () => {
      clearTimeout(waiting)
      events.close()
      resolve()
    })
  })
}
