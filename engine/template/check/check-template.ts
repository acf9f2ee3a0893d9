import type { Path } from '../../core/source.ts'
import type { ConditionIr, TemplateIr, TreeIr } from '../ir.ts'
import type { ReportTemplateProblem, TemplateProblem } from '../parse/problem.ts'
import { type Block, blockOf } from '../parse/syntax-tree.ts'
import { checkCel } from './check-cel.ts'
import { checkExpression, type ExpressionCheck } from './check-expression.ts'
import type { TemplateEnvironment } from './environment.ts'

/**
 * Reports what is wrong in a template that parses: unknown functions, names and tasks, wrong
 * numbers of arguments, tasks that cannot have run, literals that can't be compared. A guard
 * (`default`, `if`) allows a value that is missing, not a name that can't exist.
 */
export function checkTemplate(
  template: TemplateIr,
  environment: TemplateEnvironment,
  report: ReportTemplateProblem,
): void {
  checkBlock(blockOf(template), { environment, report, dotIsRoot: true })
}

/** Checks every template of a tree; `path` leads from the tree's root to the string. */
export function checkTree(
  tree: TreeIr,
  environment: TemplateEnvironment,
  report: (path: Path, problem: TemplateProblem) => void,
): void {
  const visit = (node: TreeIr, path: Path): void => {
    if (node.t === 'tpl')
      checkTemplate(node.template, environment, (problem) => report(path, problem))
    if (node.t === 'list')
      for (const [index, item] of node.items.entries()) visit(item, [...path, index])
    if (node.t === 'obj') for (const [key, item] of node.entries) visit(item, [...path, key])
  }
  visit(tree, [])
}

/** Checks a condition, template or CEL. */
export function checkCondition(
  condition: ConditionIr,
  environment: TemplateEnvironment,
  report: ReportTemplateProblem,
): void {
  if (condition.t === 'tpl') checkTemplate(condition.template, environment, report)
  else checkCel(condition.source, environment, report)
}

function checkBlock(block: Block, check: ExpressionCheck): void {
  for (const statement of block) {
    switch (statement[0]) {
      case 'out':
        checkExpression(statement[1], check)
        break
      case 'set':
        checkExpression(statement[2], check)
        break
      case 'if':
      case 'with':
      case 'range': {
        const [kind, , value, body, otherwise] = statement
        checkExpression(value, check)
        checkBlock(body, kind === 'if' ? check : { ...check, dotIsRoot: false })
        checkBlock(otherwise, check)
        break
      }
      default:
    }
  }
}
