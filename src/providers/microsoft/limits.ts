/** Microsoft's limits, and the pace that stays just below them. */
import type { Clock } from '../../core/context.ts'
import { Budget } from '../shared/budget.ts'
import { Slots } from '../shared/slots.ts'

/** `outlook`: mail, contacts and calendars of one mailbox; `files`: OneDrive; `notes`: OneNote; `directory`: who there is. */
export type Api = 'outlook' | 'files' | 'notes' | 'directory'

interface Limit {
  /** Requests that may be on their way at once. */
  readonly atOnce: number
  readonly requests: number
  /** In so many milliseconds. */
  readonly window: number
  /** The part of them that may come at once; all where nothing is said. */
  readonly burst?: number
}

/**
 * Per program and mailbox: "Outlook service limits" in "Microsoft Graph service-specific throttling limits". OneDrive: 3,000
 * requests per user in 5 minutes ("Avoid getting throttled or blocked in SharePoint Online"); how many at once it does not say.
 * OneNote: 400 in an hour, 120 of them in a minute, 5 at once ("OneNote service limits").
 */
const limits: Readonly<Record<Api, Limit>> = {
  outlook: { atOnce: 4, requests: 10_000, window: 600_000 },
  files: { atOnce: 8, requests: 3_000, window: 300_000 },
  notes: { atOnce: 4, requests: 400, window: 3_600_000, burst: 0.25 },
  directory: { atOnce: 4, requests: 3_500, window: 10_000 },
}

/** Of one API: how many at once, and how many in a window. */
export interface Pace {
  readonly budget: Budget
  readonly slots: Slots
}

export class Paces {
  readonly #paces: Readonly<Record<Api, Pace>>

  constructor(clock: Clock) {
    const pace = ({ atOnce, requests, window, burst = 1 }: Limit): Pace => ({
      budget: new Budget(requests, clock, { window, burst }),
      slots: new Slots(atOnce),
    })
    const { outlook, files, notes, directory } = limits
    this.#paces = { outlook: pace(outlook), files: pace(files), notes: pace(notes), directory: pace(directory) }
  }

  of(api: Api): Pace {
    return this.#paces[api]
  }
}
