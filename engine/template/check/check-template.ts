import type { Path } from '../../core/source.ts'
import { checkCel } from './check-cel.ts'
import { checkExpression } from './check-expression.ts'
import type { TemplateEnvironment } from './environment.ts'
import type { ConditionIr, TemplateIr, TreeIr } from '../ir.ts'
import type { Block } from '../parse/syntax-tree.ts'
import type { TemplateProblem } from '../parse/problem.ts'

type Report = (problem: TemplateProblem) => void

/**
 * Reports what is wrong in a template that parses: unknown functions, roots, tasks and env names, wrong numbers of
 * arguments, tasks that cannot have run, comparisons of literals that can't be compared. A guard (`default`, `if`)
 * guards against a value that is not there, not against a name that can't be.
 */
export function checkTemplate(
  template: TemplateIr,
  environment: TemplateEnvironment,
  report: Report,
): void {
  checkBlock(template.body as unknown as Block, environment, { dotIsRoot: true, report })
}

/** The same for every template of a tree; `path` leads from the tree's root to the string. */
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

/** The same for a condition, template or CEL. */
export function checkCondition(
  condition: ConditionIr,
  environment: TemplateEnvironment,
  report: Report,
): void {
  if (condition.t === 'tpl') checkTemplate(condition.template, environment, report)
  else checkCel(condition.source, environment, report)
}

/** `dotIsRoot`: false inside range and with, where the dot is another value and `$` alone is the root. */
interface Context {
  readonly dotIsRoot: boolean
  readonly report: Report
}

function checkBlock(block: Block, environment: TemplateEnvironment, context: Context): void {
  for (const statement of block) {
    switch (statement[0]) {
      case 'out':
        checkExpression(statement[1], environment, context)
        break
      case 'set':
        checkExpression(statement[2], environment, context)
        break
      case 'if':
      case 'with':
      case 'range': {
        const [kind, , value, body, otherwise] = statement
        checkExpression(value, environment, context)
        checkBlock(body, environment, kind === 'if' ? context : { ...context, dotIsRoot: false })
        checkBlock(otherwise, environment, context)
        break
      }
      default:
    }
  }
}
