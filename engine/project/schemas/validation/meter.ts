/** Schemas that one validation may evaluate; a body of 1 MiB needs about 500,000 for one schema. */
const maximumSteps = 2_000_000
/** Characters that one validation may match against patterns, and what each match costs beside. */
const maximumPatternCharacters = 2_000_000
const charactersPerMatch = 16
/** Errors that one validation collects before it stops to look for more. */
const maximumErrors = 1_000

/** Stops a validation that would hold the main loop; the message is a violation. */
export class ValidationLimit extends Error {}

/** Stops a validation that has found more errors than anybody reads. */
export class TooManyErrors extends Error {
  readonly errors: unknown
  constructor(errors: unknown) {
    super('too many errors')
    this.errors = errors
  }
}

/** Counts the work of one validation at a time; compiled schemas share it. */
export class Meter {
  #steps = 0
  #characters = 0

  /** Begins a validation. */
  reset(): void {
    this.#steps = 0
    this.#characters = 0
  }

  /** Counts one schema evaluated. Throws {@link ValidationLimit} at the limit. */
  step(): void {
    if (++this.#steps > maximumSteps)
      throw new ValidationLimit('takes too many steps to validate; send a smaller value')
  }

  /** Counts a text matched against a pattern. Throws {@link ValidationLimit} at the limit. */
  match(text: string): void {
    this.#characters += text.length + charactersPerMatch
    if (this.#characters > maximumPatternCharacters)
      throw new ValidationLimit(
        `has more than ${maximumPatternCharacters} characters to match against patterns; send less`,
      )
  }

  /** Counts the errors found so far. Throws {@link TooManyErrors} at the limit. */
  found(count: number, errors: unknown): void {
    if (count >= maximumErrors) throw new TooManyErrors(errors)
  }
}
