import type { Path } from '../core/source.ts'
import type { ConditionIr, TemplateIr, TreeIr } from './ir.ts'
import type { TemplateProblem } from './problem.ts'

/** What a template may name in the place where it stands. */
export interface TemplateEnvironment {
  /** Names allowed after the first dot: `input`, `tasks`, … */
  readonly roots: ReadonlySet<string>
  /** Every task id that is visible, and whether it can have run before. */
  readonly tasks: ReadonlyMap<string, 'ok' | 'never_before'>
  /** Names under `.env`; absent: any name. */
  readonly envNames?: ReadonlySet<string>
}

/** Reports what is wrong in a template that parses. */
export function checkTemplate(
  template: TemplateIr,
  environment: TemplateEnvironment,
  report: (problem: TemplateProblem) => void,
): void {
  void [template, environment, report]
}

/** The same for every template of a tree; `path` leads from the tree's root to the string. */
export function checkTree(
  tree: TreeIr,
  environment: TemplateEnvironment,
  report: (path: Path, problem: TemplateProblem) => void,
): void {
  void [tree, environment, report]
}

/** The same for a condition, template or CEL. */
export function checkCondition(
  condition: ConditionIr,
  environment: TemplateEnvironment,
  report: (problem: TemplateProblem) => void,
): void {
  void [condition, environment, report]
}
