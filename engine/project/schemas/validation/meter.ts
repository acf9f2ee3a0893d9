/**
 * Work that one validation may do, in units of about 0.1 µs. A body of 1 MiB whose values each
 * match one schema takes 200,000. To list all violations costs as much again at most.
 */
const maximumWork = 500_000

/** What the parts of a validation cost, as measured. */
export const work = {
  /** A schema whose violation may be thrown away: inside `anyOf`, `not` and the like. */
  alternative: 4,
  /** A value compared with others by its canonical key. */
  compared: 2,
  decimal: 8,
  largeDecimal: 30,
  /** A default filled in, or a match begun. */
  filled: 5,
  match: 5,
  /** A character that RE2 reads; JavaScript's own expressions read 32 in that time. */
  re2Character: 1.5,
} as const

/** Stops a validation that would hold the main loop; the message is a violation. */
export class ValidationLimit extends Error {}

/** Stops a validation that has found more failures than anybody reads. */
export class TooManyErrors extends Error {}

/** Counts the work of one validation at a time; compiled schemas share it. */
export class Meter {
  #work = 0

  /** Begins a validation. */
  reset(): void {
    this.#work = 0
  }

  /** Work since the last validation began. */
  get spent(): number {
    return this.#work
  }

  /** Counts work done or about to be done. Throws {@link ValidationLimit} at the limit. */
  spend(units: number): void {
    this.#work += units
    if (this.#work > maximumWork)
      throw new ValidationLimit('takes too much work to validate; send a smaller value')
  }

  /** Counts a text matched by an expression of JavaScript's. */
  match(text: string): void {
    this.spend(work.match + (text.length >> 5))
  }

  /** Counts a text matched by RE2. */
  matchRe2(text: string): void {
    this.spend(work.match + text.length * work.re2Character)
  }
}
