import type { JsonValue } from '../core/json.ts'
import { jsonBytes, limits } from '../core/limits.ts'

/** A child to prepare: the workflow that it runs, and its input. */
interface ChildOrder {
  readonly workflowId: string
  readonly input: JsonValue
}

/**
 * The children of one run whose starts are prepared. When they are, one workflow task may send them
 * all: so only few bytes are prepared at a time, or one child. How large the definition of a child
 * is tells the first start of its workflow, which is prepared alone.
 */
export class Preparations {
  readonly #waiting: { readonly child: ChildOrder; readonly go: (bytes: number) => void }[] = []
  readonly #definitions = new Map<string, number>()
  #bytes = 0

  /** Prepares a start, at once where there is room. */
  async begin<Prepared extends { readonly start: unknown }>(
    child: ChildOrder,
    prepare: () => Promise<Prepared>,
  ): Promise<Prepared> {
    const bytes =
      this.#waiting.length === 0 && this.#fits(child) ? this.#take(child) : await this.#turn(child)
    try {
      const prepared = await prepare()
      this.#learn(child, prepared.start as JsonValue)
      return prepared
    } finally {
      this.#bytes -= bytes
      this.#goOn()
    }
  }

  #take(child: ChildOrder): number {
    const bytes = this.#bytesOf(child)
    this.#bytes += bytes
    return bytes
  }

  #turn(child: ChildOrder): Promise<number> {
    return new Promise((go) => this.#waiting.push({ child, go }))
  }

  #goOn(): void {
    for (let [next] = this.#waiting; next && this.#fits(next.child); [next] = this.#waiting) {
      this.#waiting.shift()
      next.go(this.#take(next.child))
    }
  }

  #fits(child: ChildOrder): boolean {
    return this.#bytes === 0 || this.#bytes + this.#bytesOf(child) <= limits.childStartsBytes
  }

  #bytesOf({ workflowId, input }: ChildOrder): number {
    const definition = this.#definitions.get(workflowId)
    return definition === undefined ? limits.childStartsBytes : definition + jsonBytes(input)
  }

  #learn({ workflowId, input }: ChildOrder, start: JsonValue): void {
    if (!this.#definitions.has(workflowId))
      this.#definitions.set(workflowId, Math.max(0, jsonBytes(start) - jsonBytes(input)))
  }
}
