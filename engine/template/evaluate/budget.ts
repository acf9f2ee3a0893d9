import type { JsonObject } from '../../core/json.ts'

/** The steps that one evaluation may take. A tree of templates is one evaluation. */
export const maximumSteps = 100_000

/** The longest text that an evaluation may make, in UTF-16 units: 1 MiB. */
export const maximumText = 1_048_576

/** The deepest nesting of lists and objects that an evaluation walks. */
export const maximumNesting = 500

/**
 * The steps that the evaluations of one activation may take together, unless it is made with
 * another limit.
 */
export const maximumActivationSteps = 2_000_000

/** Text that costs one step to read or to make, in UTF-16 units. */
export const textPerStep = 256

/** List items that cost one step to copy. */
const itemsPerStep = 64

/** Keys of an object that cost one step to list. */
const keysPerStep = 4

/** List items that cost one step to walk with a comparison or a small allocation each. */
const visitsPerStep = 16

/** Thrown inside an evaluation; `evaluate.ts` adds the place in the YAML. */
export class EvaluationError extends Error {
  /** The path of the missing value, as written. */
  readonly path?: string
  /** Whether a limit was passed, which the run reports as `LimitExceeded`. */
  readonly exceedsLimit: boolean

  constructor(message: string, options: { path?: string; exceedsLimit?: true } = {}) {
    super(message)
    if (options.path !== undefined) this.path = options.path
    this.exceedsLimit = options.exceedsLimit ?? false
  }
}

function limitError(message: string): EvaluationError {
  return new EvaluationError(message, { exceedsLimit: true })
}

/**
 * The work that all evaluations of one activation share, so that many cheap ones are bounded too.
 *
 * The interpreter makes one for each activation and passes it as `Scope.activation`; every
 * template and condition adds its steps to `spent`. A step is at most about a microsecond. Steps
 * depend on the values alone, so a replay spends the same: the interpreter may let `spent` decide
 * where a run yields, and start again with a new budget after it. An evaluation that passes
 * `limit` throws a TemplateError of the type `LimitExceeded`.
 *
 * @example const activation = new ActivationBudget()
 * renderTree(tree, { ...scope, activation })
 * if (activation.spent > activation.limit / 2) yieldToTemporal()
 */
export class ActivationBudget {
  /** Steps that all evaluations may take together. */
  readonly limit: number
  #spent = 0

  constructor(limit = maximumActivationSteps) {
    this.limit = limit
  }

  /** Steps taken so far. */
  get spent(): number {
    return this.#spent
  }

  /** Adds steps. Returns an error once the limit is passed. */
  spend(steps: number): EvaluationError | undefined {
    this.#spent += steps
    if (this.#spent <= this.limit) return undefined
    return limitError(
      `the templates of one step of the run take more than ${this.limit} steps; ` +
        'split the work into more tasks',
    )
  }
}

/**
 * Counts the work of one evaluation, of templates and CEL alike, by what it reads and makes. Every
 * method throws an EvaluationError when a limit is passed, before the work is done.
 */
export class EvaluationBudget {
  readonly #activation: ActivationBudget | undefined
  #steps = 0
  #exceeded: EvaluationError | undefined
  readonly #keys = new WeakMap<JsonObject, readonly string[]>()

  constructor(activation?: ActivationBudget) {
    this.#activation = activation
  }

  /** Steps taken so far. */
  get spent(): number {
    return this.#steps
  }

  /** The error of the limit that was passed, for callers that run code which may swallow it. */
  get exceeded(): EvaluationError | undefined {
    return this.#exceeded
  }

  /** Takes steps. */
  charge(steps: number): void {
    this.#steps += steps
    if (this.#steps > maximumSteps)
      this.#stop(limitError(`the evaluation takes more than ${maximumSteps} steps`))
    const error = this.#activation?.spend(steps)
    if (error !== undefined) this.#stop(error)
  }

  #stop(error: EvaluationError): never {
    this.#exceeded ??= error
    throw this.#exceeded
  }

  /** Text of this length is read, `times` as slow as a plain scan. */
  readText(length: number, times = 1): void {
    this.charge((length * times) / textPerStep)
  }

  /** Text of this length is made, of which `added` is new. */
  makeText(length: number, added = length): void {
    if (length > maximumText) this.#stop(limitError('the text grows beyond 1 MiB'))
    this.charge(added / textPerStep)
  }

  /** A list of this length is copied. */
  copyItems(count: number): void {
    this.charge(count / itemsPerStep)
  }

  /** Returns the keys of an object; they are listed, and charged, once per evaluation. */
  keysOf(object: JsonObject): readonly string[] {
    const listed = this.#keys.get(object)
    if (listed !== undefined) return listed
    const keys = Object.keys(object)
    this.charge(keys.length / keysPerStep)
    this.#keys.set(object, keys)
    return keys
  }

  /** A walk through a value is at this depth. */
  enterLevel(depth: number): void {
    if (depth > maximumNesting)
      this.#stop(limitError(`the value nests deeper than ${maximumNesting} levels`))
  }

  /** Items are visited one by one. */
  visitItems(count: number): void {
    this.charge(count / visitsPerStep)
  }
}
