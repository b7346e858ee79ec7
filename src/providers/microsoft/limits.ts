/** Microsoft's limits, and the pace that stays just below them. */
import type { Clock } from '../../core/types.ts'
import { Budget } from '../shared/budget.ts'
import { Slots } from '../shared/slots.ts'

/** `outlook`: mail, contacts and calendars of one mailbox; `files`: OneDrive; `directory`: who there is. */
export type Api = 'outlook' | 'files' | 'directory'

interface Limit {
  /** Requests that may be on their way at once. */
  readonly atOnce: number
  readonly requests: number
  /** In so many milliseconds. */
  readonly window: number
}

/**
 * Per program and mailbox: "Outlook service limits" in "Microsoft Graph service-specific throttling limits". OneDrive: 3,000
 * requests per user in 5 minutes ("Avoid getting throttled or blocked in SharePoint Online"); how many at once it does not say.
 */
const limits: Readonly<Record<Api, Limit>> = {
  outlook: { atOnce: 4, requests: 10_000, window: 600_000 },
  files: { atOnce: 8, requests: 3_000, window: 300_000 },
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
    const pace = ({ atOnce, requests, window }: Limit): Pace => ({
      budget: new Budget(requests, clock, { window, burst: 1 }),
      slots: new Slots(atOnce),
    })
    this.#paces = { outlook: pace(limits.outlook), files: pace(limits.files), directory: pace(limits.directory) }
  }

  of(api: Api): Pace {
    return this.#paces[api]
  }
}
