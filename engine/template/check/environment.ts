/** The names that a template may use at its place. */
export interface TemplateEnvironment {
  /** Names allowed after the first dot: `input`, `tasks`, … */
  readonly roots: ReadonlySet<string>
  /** Every visible task id, and whether the task can have run before. */
  readonly tasks: ReadonlyMap<string, 'ok' | 'never_before'>
  /** Names under `.env`; any name when absent. */
  readonly envNames?: ReadonlySet<string>
  /**
   * The JSON Schema of the workflow's input. Where it is closed (`additionalProperties: false`), a
   * path such as `.workflow.input.nmae` may name only its properties.
   */
  readonly inputSchema?: unknown
}
