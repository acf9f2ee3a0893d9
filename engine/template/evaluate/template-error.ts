/**
 * A template or condition that can't be evaluated on the values it was given: a missing value, a kind that does not
 * fit, a limit. The interpreter makes it a task error of the type `TemplateError`.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  /** `file:line:column` of the string in the YAML. */
  readonly place: string
  /** The way to the value that is missing, as written: `.input.user.name`. */
  readonly path?: string

  constructor(message: string, place: string, path?: string) {
    super(message)
    this.place = place
    if (path !== undefined) this.path = path
  }
}
