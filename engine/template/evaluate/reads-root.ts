import { childNodes, type CelNode, parseCel } from '../cel/syntax.ts'
import type { ConditionIr } from '../ir.ts'
import type { Block, Expression } from '../parse/syntax-tree.ts'

/**
 * Whether a condition reads a root: a wait's condition that names `processor` is judged after the processor.
 * `.signal.payload.processor` does not name it.
 */
export function readsRoot(condition: ConditionIr, root: string): boolean {
  if (condition.t === 'cel') return celNames(parseCel(condition.source).expr, root)
  return blockNames(condition.template.body as unknown as Block, root, true)
}

function blockNames(block: Block, root: string, dotIsRoot: boolean): boolean {
  return block.some((statement) => {
    switch (statement[0]) {
      case 'out':
        return expressionNames(statement[1], root, dotIsRoot)
      case 'set':
        return expressionNames(statement[2], root, dotIsRoot)
      case 'if':
      case 'with':
      case 'range': {
        const [kind, , value, body, otherwise] = statement
        return (
          expressionNames(value, root, dotIsRoot) ||
          blockNames(body, root, dotIsRoot && kind === 'if') ||
          blockNames(otherwise, root, dotIsRoot)
        )
      }
      default:
        return false
    }
  })
}

function expressionNames(expression: Expression, root: string, dotIsRoot: boolean): boolean {
  if (expression[0] === 'call')
    return expression[2].some((arg) => expressionNames(arg, root, dotIsRoot))
  if (expression[0] !== 'path') return false
  const [, base, keys] = expression
  const startsAtRoot = (base[0] === 'dot' && dotIsRoot) || (base[0] === 'var' && base[1] === '$')
  return startsAtRoot ? keys[0] === root : expressionNames(base, root, dotIsRoot)
}

function celNames(node: CelNode, root: string): boolean {
  if (node.exprKind.case === 'identExpr') return node.exprKind.value.name === root
  if (node.exprKind.case === 'comprehensionExpr' && node.exprKind.value.iterVar === root) {
    const { iterRange } = node.exprKind.value
    return iterRange !== undefined && celNames(iterRange, root)
  }
  return childNodes(node).some((child) => celNames(child, root))
}
