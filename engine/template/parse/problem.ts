/** What is wrong in a template or condition, and where in the string (in UTF-16 units). */
export interface TemplateProblem {
  readonly message: string
  readonly offset: number
  readonly length: number
  /** What to write instead. */
  readonly hint?: string
}

/** Receives the problems of one string. */
export type ReportTemplateProblem = (problem: TemplateProblem) => void

/** Text that is not a template, or not a CEL expression. Only the parsers throw it. */
export class TemplateSyntaxError extends Error implements TemplateProblem {
  override readonly name = 'TemplateSyntaxError'
  readonly offset: number
  readonly length: number
  readonly hint?: string

  constructor({
    message,
    offset,
    length,
    hint,
  }: Omit<TemplateProblem, 'hint'> & { hint?: string | undefined }) {
    super(message)
    this.offset = offset
    this.length = length
    if (hint !== undefined) this.hint = hint
  }
}
