/** One thing that is wrong in a template or condition: where in the string (in characters) and what. */
export interface TemplateProblem {
  readonly message: string
  readonly offset: number
  readonly length: number
  /** What to write instead. */
  readonly hint?: string
}

/** Text that is no template (or no CEL expression). Thrown by the parser alone. */
export class TemplateSyntaxError extends Error implements TemplateProblem {
  override readonly name = 'TemplateSyntaxError'
  readonly offset: number
  readonly length: number
  readonly hint?: string

  constructor({ message, offset, length, hint }: TemplateProblem) {
    super(message)
    this.offset = offset
    this.length = length
    if (hint !== undefined) this.hint = hint
  }
}
