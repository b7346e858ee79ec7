import type { Service } from '../core/account.ts'

/** Small: saved one after the other, with what comes next asked for meanwhile. */
export function isBooks(service: Service): boolean {
  return service === 'contacts' || service === 'calendar'
}
