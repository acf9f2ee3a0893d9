import type { Figure } from './statistics.ts'

/** What a scenario found. */
export interface Measured {
  readonly figures: Readonly<Record<string, Figure>>
  /**
   * The same thing measured against itself, as a ratio: an interval without 1 says that the run is
   * worthless.
   */
  readonly control: Figure
  /** Every round, so that anybody can compute again. */
  readonly raw: Readonly<Record<string, readonly number[]>>
}

/** One benchmark. */
export interface Scenario {
  readonly name: string
  readonly doc: string
  run(options: {
    quick: boolean
    random: () => number
    progress: (share: number) => void
    /** Folder for the CPU profiles of the workers that it starts; none when absent. */
    profileTo?: string | undefined
  }): Promise<Measured>
}
