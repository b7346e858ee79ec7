/** Trouble on command: the next calls of a method fail as the provider's would. `E`: an error answer of the provider's. */
export type Fault<E> =
  /** An error answer. */
  | { readonly kind: 'error'; readonly error: E }
  /** The connection is cut before anything is answered. */
  | { readonly kind: 'cut' }
  /** The answer is cut after half of its octets. */
  | { readonly kind: 'truncate' }
  /** The access token has ended: every one given out so far. */
  | { readonly kind: 'expire' }
  /** 200 with something that is no JSON, as a proxy's sign-in page. */
  | { readonly kind: 'nonsense' }

interface Planned<E> {
  readonly method: RegExp
  /** Matched against the path with its query. */
  readonly path: RegExp
  readonly fault: Fault<E>
  times: number
  /** Calls that go well before. */
  passing: number
}

export class Faults<E> {
  readonly #planned: Planned<E>[] = []

  /** @param method matches the method's id, e.g. `/messages\.get$/` */
  next(method: RegExp, fault: Fault<E>, times = 1, path = /^/): void {
    this.#planned.push({ method, path, fault, times, passing: 0 })
  }

  /** Every call from the one after the first `passing`. */
  after(passing: number, method: RegExp, fault: Fault<E>): void {
    this.#planned.push({ method, path: /^/, fault, times: Number.POSITIVE_INFINITY, passing })
  }

  always(method: RegExp, fault: Fault<E>, path = /^/): void {
    this.next(method, fault, Number.POSITIVE_INFINITY, path)
  }

  clear(): void {
    this.#planned.length = 0
  }

  /** How many have not happened yet. */
  get left(): number {
    return this.#planned.reduce((sum, { times }) => sum + times, 0)
  }

  take(method: string, path: string): Fault<E> | null {
    const planned = this.#planned.find((one) => one.times > 0 && one.method.test(method) && one.path.test(path))
    if (planned === undefined) return null
    if (planned.passing > 0) {
      planned.passing--
      return null
    }
    planned.times--
    return planned.fault
  }
}
