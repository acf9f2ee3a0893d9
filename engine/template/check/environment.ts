/** What a template may name in the place where it stands. */
export interface TemplateEnvironment {
  /** Names allowed after the first dot: `input`, `tasks`, … */
  readonly roots: ReadonlySet<string>
  /** Every task id that is visible, and whether it can have run before. */
  readonly tasks: ReadonlyMap<string, 'ok' | 'never_before'>
  /** Names under `.env`; absent: any name. */
  readonly envNames?: ReadonlySet<string>
}
