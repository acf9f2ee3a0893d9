import { childNodes, type CelNode, parseCel } from '../cel/syntax.ts'
import type { ConditionIr } from '../ir.ts'
import { type Block, blockOf, type Expression } from '../parse/syntax-tree.ts'

/**
 * Reports whether a condition reads a root. The condition of a wait that reads `processor` is
 * tested after the processor ran; `.signal.payload.processor` does not read it.
 */
export function readsRoot(condition: ConditionIr, root: string): boolean {
  if (condition.t === 'cel') return celReads(parseCel(condition.source).expr, root)
  return blockReads(blockOf(condition.template), root, true)
}

function blockReads(block: Block, root: string, dotIsRoot: boolean): boolean {
  return block.some((statement) => {
    switch (statement[0]) {
      case 'out':
        return expressionReads(statement[1], root, dotIsRoot)
      case 'set':
        return expressionReads(statement[2], root, dotIsRoot)
      case 'if':
      case 'with':
      case 'range': {
        const [kind, , value, body, otherwise] = statement
        return (
          expressionReads(value, root, dotIsRoot) ||
          blockReads(body, root, dotIsRoot && kind === 'if') ||
          blockReads(otherwise, root, dotIsRoot)
        )
      }
      default:
        return false
    }
  })
}

function expressionReads(expression: Expression, root: string, dotIsRoot: boolean): boolean {
  if (expression[0] === 'call')
    return expression[2].some((arg) => expressionReads(arg, root, dotIsRoot))
  if (expression[0] !== 'path') return false
  const [, base, keys] = expression
  const startsAtRoot = (base[0] === 'dot' && dotIsRoot) || (base[0] === 'var' && base[1] === '$')
  return startsAtRoot ? keys[0] === root : expressionReads(base, root, dotIsRoot)
}

function celReads(node: CelNode, root: string): boolean {
  if (node.exprKind.case === 'identExpr') return node.exprKind.value.name === root
  if (node.exprKind.case === 'comprehensionExpr' && node.exprKind.value.iterVar === root) {
    const { iterRange } = node.exprKind.value
    return iterRange !== undefined && celReads(iterRange, root)
  }
  return childNodes(node).some((child) => celReads(child, root))
}
