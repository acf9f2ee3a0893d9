import { jsonPointer } from '../../../core/json-pointer.ts'
import type { JsonValue } from '../../../core/json.ts'
import { createCanonical, type Canonical } from './canonical.ts'
import { TooManyErrors, type Meter } from './meter.ts'

/** A place inside the value: the key of a property or item, and the place that it is in. */
interface ValuePlace {
  readonly key: string | number
  readonly outer: ValuePlace | undefined
}

/** A failure. Its texts are made when somebody reads them: most failures are thrown away. */
export interface Failure {
  readonly place: ValuePlace | undefined
  readonly message: () => string
}

/** Returns the JSON pointer of a failure. */
export function pointerOf({ place }: Failure): string {
  const path: (string | number)[] = []
  for (let at = place; at !== undefined; at = at.outer) path.push(at.key)
  return jsonPointer(path.reverse())
}

/** Failures that one validation collects before it stops to look for more. */
const maximumFailures = 1_000

/** Properties and items of one value that some schema has described. */
export interface Evaluated {
  readonly properties: Set<string>
  /** All items below this index. */
  items: number
  /** Further items, which `contains` matched. */
  readonly contained: Set<number>
}

const createEvaluated = (): Evaluated => ({
  properties: new Set(),
  items: 0,
  contained: new Set(),
})

/** One validation under way: where it is, what it has found, what it may still spend. */
export class ValidationRun {
  readonly meter: Meter
  readonly canonical: Canonical
  readonly failures: Failure[] = []
  /** Finds every failure, or stops at the first one and describes none. */
  isCollecting: boolean
  /** How many `anyOf` and the like are around: a failure inside is no violation yet. */
  alternatives = 0
  /** What has been evaluated of the current value; undefined unless a keyword asks for it. */
  evaluated: Evaluated | undefined
  /** Roots of the schemas entered, the outermost first, for `$dynamicRef`. */
  readonly resources: JsonValue[] = []
  #place: ValuePlace | undefined

  constructor(meter: Meter, isCollecting: boolean) {
    this.meter = meter
    this.canonical = createCanonical(meter)
    this.isCollecting = isCollecting
  }

  /** Notes a failure of the current value, or of a property of it. Returns false. */
  fail(message: () => string, property?: string): false {
    if (!this.isCollecting) return false
    const outer = this.#place
    const place = property === undefined ? outer : { key: property, outer }
    const isViolation = this.alternatives === 0
    // Inside anyOf and the like no more are kept than can be shown: they may all be forgotten.
    if (isViolation || this.failures.length < 2 * maximumFailures)
      this.failures.push({ place, message })
    if (isViolation && this.failures.length >= maximumFailures) throw new TooManyErrors()
    return false
  }

  /** Runs a check on a property or an item of the current value. */
  inside(key: string | number, value: JsonValue, check: Check): boolean {
    const { evaluated } = this
    const outer = this.#place
    if (evaluated !== undefined) this.evaluated = createEvaluated()
    this.#place = { key, outer }
    const isValid = check(value, this)
    this.#place = outer
    this.evaluated = evaluated
    return isValid
  }

  /**
   * Runs a check on the current value whose failure may not matter. What it evaluated counts only
   * if it succeeds; the failures stay for the caller to keep or {@link forget}.
   */
  try(check: Check, value: JsonValue): boolean {
    this.alternatives++
    const isValid = this.apart(check, value)
    this.alternatives--
    return isValid
  }

  /** Runs a check that does not see what others have evaluated of the current value. */
  apart(check: Check, value: JsonValue): boolean {
    const outer = this.evaluated
    if (outer === undefined) return check(value, this)
    const own = createEvaluated()
    this.evaluated = own
    const isValid = check(value, this)
    this.evaluated = outer
    if (isValid) this.#merge(own, outer)
    return isValid
  }

  /** Tells whether a value passes a check, without a trace of its failures. */
  test(check: Check, value: JsonValue): boolean {
    const wasCollecting = this.isCollecting
    this.isCollecting = false
    const isValid = this.try(check, value)
    this.isCollecting = wasCollecting
    return isValid
  }

  /** Notes that the items of the current value below an index are evaluated. */
  noteItems(below: number): void {
    if (this.evaluated !== undefined) this.evaluated.items = Math.max(this.evaluated.items, below)
  }

  /** Drops the failures after the first `count`. */
  forget(count: number): void {
    this.failures.length = count
  }

  /** Begins to note what is evaluated. */
  trackEvaluated(): void {
    this.evaluated = createEvaluated()
  }

  #merge({ properties, items, contained }: Evaluated, into: Evaluated): void {
    this.meter.spend(properties.size + contained.size)
    for (const name of properties) into.properties.add(name)
    for (const index of contained) into.contained.add(index)
    into.items = Math.max(into.items, items)
  }
}

/** Checks a value by a schema or one of its keywords. Failures go to the run. */
export type Check = (value: JsonValue, run: ValidationRun) => boolean
