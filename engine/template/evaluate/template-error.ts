/**
 * A template or condition that failed on the values it was given: a missing value, a kind that
 * does not fit, a limit. The interpreter makes it the failure of the task.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  /** The type of the task error: `LimitExceeded` when the evaluation took too much work. */
  readonly type: 'TemplateError' | 'LimitExceeded'
  /** `file:line:column` of the string in the YAML. */
  readonly place: string
  /** The path of the missing value, as written: `.input.user.name`. */
  readonly path?: string

  constructor(
    message: string,
    place: string,
    options: { path?: string; type?: TemplateError['type'] } = {},
  ) {
    super(message)
    this.place = place
    this.type = options.type ?? 'TemplateError'
    if (options.path !== undefined) this.path = options.path
  }
}
