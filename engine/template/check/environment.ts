/** Tasks by id, and whether each can have run before. A `Map` is one. */
export interface VisibleTasks {
  get(id: string): 'ok' | 'never_before' | undefined
  /** Every id that is visible, for messages. */
  keys(): Iterable<string>
}

/** The names that a template may use at its place. */
export interface TemplateEnvironment {
  /** Names allowed after the first dot: `input`, `tasks`, … */
  readonly roots: ReadonlySet<string>
  readonly tasks: VisibleTasks
  /** Names under `.env`; any name when absent. */
  readonly envNames?: ReadonlySet<string>
  /**
   * The JSON Schema of the workflow's input. Where it is closed (`additionalProperties: false`), a
   * path such as `.workflow.input.nmae` may name only its properties.
   */
  readonly inputSchema?: unknown
}
