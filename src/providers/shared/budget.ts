/** The pace that stays just below a provider's quota of units per minute. */
import type { Clock } from '../../core/types.ts'

/** Part of the quota at which units flow, and the part of a minute's that may be saved up and spent at once. */
export const steady = 0.97
const burst = 0.25
/** Never more than this part of a minute's units within a minute and the time that calls take on their way. */
const most = 0.98
const windowSeconds = 61
const minute = 60_000

/** Lends units in the order in which they were asked for, never more in any minute than allowed. */
export class Budget {
  #perMinute: number
  #saved: number
  #countedAt: number
  #turn: Promise<void> = Promise.resolve()
  #pausedUntil = 0
  /** Units spent in each second of the window, the oldest first. */
  #spent: { readonly second: number; units: number }[] = []
  readonly #clock: Clock

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute
    this.#clock = clock
    this.#saved = perMinute * burst
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
  limit(perMinute: number): void {
    this.#count()
    this.#perMinute = perMinute
    this.#saved = Math.min(this.#saved, perMinute * burst)
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
      const wanted = Math.min(units, this.#perMinute * burst)
      const full = this.#untilRoomFor(units)
      if (full > 0) await this.#clock.sleep(full, signal)
      else if (this.#saved >= wanted) {
        this.#spend(units)
        return
      } else await this.#clock.sleep(Math.ceil((wanted - this.#saved) / this.#perSecond() / 0.001), signal)
    }
  }

  #spend(units: number): void {
    this.#saved -= units
    const second = Math.floor(this.#clock.now().getTime() / 1_000)
    const last = this.#spent.at(-1)
    if (last?.second === second) last.units += units
    else this.#spent.push({ second, units })
  }

  /** Milliseconds until a minute has room for the units. What costs more than a minute's goes when nothing else is in it. */
  #untilRoomFor(units: number): number {
    const now = this.#clock.now().getTime()
    const oldest = now / 1_000 - windowSeconds - 1
    this.#spent = this.#spent.filter(({ second }) => second > oldest)
    let room = this.#mostPerMinute(units) - units - this.#spent.reduce((sum, one) => sum + one.units, 0)
    for (const one of this.#spent) {
      if (room >= 0) break
      room += one.units
      if (room >= 0 || one === this.#spent.at(-1)) return Math.max(1, (one.second + 1 + windowSeconds) * 1_000 - now)
    }
    return 0
  }

  /** Where a minute holds few calls, all of them: a part of a call cannot be spared. */
  #mostPerMinute(units: number): number {
    const all = this.#perMinute
    return units > all * (1 - most) ? Math.max(all * most, Math.floor(all / units) * units) : all * most
  }

  #perSecond(): number {
    return (this.#perMinute * steady) / 60
  }

  #count(): void {
    const now = this.#clock.now().getTime()
    const grown = ((now - this.#countedAt) / minute) * this.#perMinute * steady
    this.#saved = Math.min(this.#perMinute * burst, this.#saved + Math.max(0, grown))
    this.#countedAt = now
  }
}
