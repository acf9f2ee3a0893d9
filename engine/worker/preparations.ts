/** What is kept free of a workflow task for the starts of children. Its step may take the rest. */
const startsBytes = 450_000

/**
 * The children of one run whose starts are prepared. When they are, one workflow task may send them
 * all: so only few bytes are prepared at a time, or one child.
 */
export class Preparations {
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = []
  #bytes = 0

  /** Prepares a start, at once where there is room. */
  async begin<T>(bytes: number, prepare: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(bytes))
      await new Promise<void>((go) => this.#waiting.push({ bytes, go }))
    else this.#bytes += bytes
    try {
      return await prepare()
    } finally {
      this.#bytes -= bytes
      this.#goOn()
    }
  }

  #fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= startsBytes
  }

  #goOn(): void {
    for (let [next] = this.#waiting; next && this.#fits(next.bytes); [next] = this.#waiting) {
      this.#waiting.shift()
      this.#bytes += next.bytes
      next.go()
    }
  }
}
