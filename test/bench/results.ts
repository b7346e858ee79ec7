/** What was measured, in rounds; medians, and ratios of what was measured in the same round. */
import type { Cost } from './measure.ts'

type Quantity = keyof Cost

export class Results {
  readonly #rounds: Map<string, Cost[]>[] = []

  newRound(): void {
    this.#rounds.push(new Map())
  }

  add(name: string, { wall, cpu, memory }: Cost): void {
    const round = this.#rounds.at(-1)
    if (round === undefined) throw new Error('There is no round yet.')
    round.set(name, [...(round.get(name) ?? []), { wall, cpu, memory }])
  }

  get names(): string[] {
    return [...new Set(this.#rounds.flatMap((round) => [...round.keys()]))]
  }

  median(name: string, quantity: Quantity): number {
    return median(this.#values(name, quantity))
  }

  /** The worst of all rounds. */
  peak(name: string, quantity: Quantity): number {
    return Math.max(...this.#values(name, quantity))
  }

  #values(name: string, quantity: Quantity): number[] {
    return this.#rounds.flatMap((round) => round.get(name) ?? []).map((cost) => cost[quantity])
  }

  /** Median over the rounds of the ratio within a round: what else the machine did meanwhile was the same for both. */
  ratio(name: string, to: string, quantity: Quantity): number {
    const ratios = this.#rounds.flatMap((round) => {
      const [over, under] = [round.get(name), round.get(to)]
      if (over === undefined || under === undefined) return []
      return [median(over.map((cost) => cost[quantity])) / median(under.map((cost) => cost[quantity]))]
    })
    return median(ratios)
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** `first` column to the left, the others to the right, as numbers are. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = `|---|${'--:|'.repeat(titles.length - 1)}`
  return [line(titles), rule, ...rows.map(line)].join('\n')
}
