/** The pace that stays just below a provider's quota of units per minute, or another window. */
import type { Clock } from '../../core/context.ts'

/** Part of the quota at which units flow. */
export const steady = 0.97
/** Never more than this part of a window's units within the window and the time that calls take on their way. */
const most = 0.98
const onTheWay = 1_000

export interface BudgetOptions {
  /** Milliseconds for which the quota holds. */
  readonly window: number
  /** The part of a window's units that may be saved up and spent at once. */
  readonly burst: number
}

const perMinute: BudgetOptions = { window: 60_000, burst: 0.25 }

/** Lends units in the order in which they were asked for, never more in any window than allowed. */
export class Budget {
  readonly #options: BudgetOptions
  #perWindow: number
  #saved: number
  #countedAt: number
  #turn: Promise<void> = Promise.resolve()
  #pausedUntil = 0
  /** Units spent in each second of the window, the oldest first. */
  #spent: { readonly second: number; units: number }[] = []
  readonly #clock: Clock

  constructor(perWindow: number, clock: Clock, options: BudgetOptions = perMinute) {
    this.#options = options
    this.#perWindow = perWindow
    this.#clock = clock
    this.#saved = perWindow * options.burst
    this.#countedAt = clock.now().getTime()
  }

  /** Resolves when the call may be made. */
  async take(units: number, signal: AbortSignal): Promise<void> {
    const mine = this.#turn.then(() => this.#wait(units, signal))
    this.#turn = mine.catch(() => undefined)
    await mine
  }

  /** The provider said so: no call before `ms` have passed. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now().getTime() + ms)
    this.#saved = 0
  }

  /** The provider named another limit than the table. */
  limit(perWindow: number): void {
    this.#count()
    this.#perWindow = perWindow
    this.#saved = Math.min(this.#saved, perWindow * this.#options.burst)
  }

  async #wait(units: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const paused = this.#pausedUntil - this.#clock.now().getTime()
      if (paused > 0) {
        await this.#clock.sleep(paused, signal)
        continue
      }
      this.#count()
      // A call dearer than what can be saved up goes when the savings are full, and leaves a debt.
      const wanted = Math.min(units, this.#perWindow * this.#options.burst)
      const full = this.#untilRoomFor(units)
      if (full > 0) await this.#clock.sleep(full, signal)
      else if (this.#saved >= wanted) {
        this.#spend(units)
        return
      } else await this.#clock.sleep(Math.ceil((wanted - this.#saved) / this.#perMs()), signal)
    }
  }

  #spend(units: number): void {
    this.#saved -= units
    const second = Math.floor(this.#clock.now().getTime() / 1_000)
    const last = this.#spent.at(-1)
    if (last?.second === second) last.units += units
    else this.#spent.push({ second, units })
  }

  /** Milliseconds until a window has room for the units. What costs more than a window's goes when nothing else is in it. */
  #untilRoomFor(units: number): number {
    const now = this.#clock.now().getTime()
    const span = this.#options.window + onTheWay
    const oldest = (now - span) / 1_000 - 1
    this.#spent = this.#spent.filter(({ second }) => second > oldest)
    let room = this.#mostPerWindow(units) - units - this.#spent.reduce((sum, one) => sum + one.units, 0)
    for (const one of this.#spent) {
      if (room >= 0) break
      room += one.units
      if (room >= 0 || one === this.#spent.at(-1)) return Math.max(1, (one.second + 1) * 1_000 + span - now)
    }
    return 0
  }

  /** Where a window holds few calls, all of them: a part of a call cannot be spared. */
  #mostPerWindow(units: number): number {
    const all = this.#perWindow
    return units > all * (1 - most) ? Math.max(all * most, Math.floor(all / units) * units) : all * most
  }

  #perMs(): number {
    return (this.#perWindow * steady) / this.#options.window
  }

  #count(): void {
    const now = this.#clock.now().getTime()
    const grown = (now - this.#countedAt) * this.#perMs()
    this.#saved = Math.min(this.#perWindow * this.#options.burst, this.#saved + Math.max(0, grown))
    this.#countedAt = now
  }
}
