import { parser } from '@prometheus-io/lezer-promql'
import { defined } from '../../engine/core/defined.ts'
import type { Expression, LabelMatcher, Matching } from '../../promql/expression.ts'
import { aggregations } from '../../promql/aggregate.ts'
import { functions } from '../../promql/functions.ts'

type Node = ReturnType<typeof parser.parse>['topNode']

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** The step of a subquery that names none: Prometheus's default evaluation interval. */
const defaultStepMs = 60_000

function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)]
  if (parts.length === 0) return Number(text) * 1_000
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0)
}

function children(node: Node): Node[] {
  const found: Node[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
  return found
}

function descendants(node: Node, name: string): Node[] {
  return children(node).flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendants(child, name),
  ])
}

/** Parses PromQL for the page's evaluator. Throws for what the evaluator cannot do. */
export function parsePromql(source: string): Expression {
  const text = (node: Node | null): string =>
    node === null ? '' : source.slice(node.from, node.to)
  const fail = (node: Node, why: string): never => {
    throw new Error(`${why} at ${node.from} of PromQL: ${source}`)
  }

  const unquoted = (node: Node | null): string =>
    JSON.parse(text(node).replace(/^'(.*)'$/, '"$1"')) as string

  function duration(node: Node | null): number {
    return node === null ? 0 : durationMs(text(node).replace(/^\s*offset\s*/, ''))
  }

  function matcher(node: Node): LabelMatcher {
    return {
      label: text(node.getChild('LabelName')),
      op: text(node.getChild('MatchOp')) as LabelMatcher['op'],
      value: unquoted(node.getChild('StringLiteral')),
    }
  }

  function selector(node: Node): Expression {
    const name = node.getChild('Identifier')
    const named: LabelMatcher[] =
      name === null ? [] : [{ label: '__name__', op: '=', value: text(name) }]
    const matchers = descendants(node, 'UnquotedLabelMatcher').map(matcher)
    return { kind: 'selector', matchers: [...named, ...matchers], offset: 0 }
  }

  function matching(node: Node | null): Matching {
    const parts = node === null ? [] : children(node)
    const labels = parts
      .filter(({ name }) => name === 'GroupingLabels')
      .map((list) => descendants(list, 'LabelName').map(text))
    const many = parts.find(({ name }) => name === 'GroupLeft' || name === 'GroupRight')
    const side = many?.name === 'GroupLeft' ? ('left' as const) : ('right' as const)
    return defined({
      on: parts.some(({ name }) => name === 'On'),
      labels: labels[0] ?? [],
      many: many && side,
      include: labels[1] ?? [],
    })
  }

  function binary(node: Node): Expression {
    const parts = children(node)
    const modifiers = new Set(['MatchingModifierClause', 'BoolModifier'])
    const [left, op, right] = parts.filter(({ name }) => !modifiers.has(name))
    return {
      kind: 'binary',
      op: text(op!),
      bool: node.getChild('BoolModifier') !== null,
      matching: matching(node.getChild('MatchingModifierClause')),
      left: parse(left!),
      right: parse(right!),
    }
  }

  function aggregate(node: Node): Expression {
    const op = text(node.getChild('AggregateOp'))
    if (!aggregations.has(op)) fail(node, `the page cannot aggregate by "${op}"`)
    const modifier = node.getChild('AggregateModifier')
    const args = children(node.getChild('FunctionCallBody')!).map(parse)
    const of = args.at(-1)!
    return defined({
      kind: 'aggregate',
      op,
      without: modifier?.getChild('Without') !== null && modifier !== null,
      labels: modifier === null ? [] : descendants(modifier, 'LabelName').map(text),
      parameter: args.length > 1 ? args[0] : undefined,
      of,
    })
  }

  function call(node: Node): Expression {
    const name = text(node.getChild('FunctionIdentifier'))
    if (!functions.has(name)) fail(node, `the page has no function "${name}"`)
    const body = node.getChild('FunctionCallBody')
    return { kind: 'call', name, args: body === null ? [] : children(body).map(parse) }
  }

  function shifted(node: Node): Expression {
    const [of, , by] = children(node)
    const inner = parse(of!)
    if (inner.kind !== 'selector' && inner.kind !== 'subquery') return fail(node, 'a lost offset')
    return { ...inner, offset: duration(by ?? null) }
  }

  function parse(node: Node): Expression {
    const [first, second, third] = children(node)
    switch (node.name) {
      case 'ParenExpr':
        return parse(first!)
      case 'NumberDurationLiteral':
        return { kind: 'number', value: Number(text(node).replace(/Inf/i, 'Infinity')) }
      case 'StringLiteral':
        return { kind: 'string', value: unquoted(node) }
      case 'UnaryExpr':
        return text(first!) === '-' ? { kind: 'negative', of: parse(second!) } : parse(second!)
      case 'VectorSelector':
        return selector(node)
      case 'MatrixSelector':
        return {
          ...(parse(first!) as Expression & { offset: number }),
          range: duration(second!),
        } as Expression
      case 'OffsetExpr':
        return shifted(node)
      case 'SubqueryExpr': {
        const step = third === undefined ? defaultStepMs : duration(third)
        return { kind: 'subquery', of: parse(first!), range: duration(second!), step, offset: 0 }
      }
      case 'BinaryExpr':
        return binary(node)
      case 'AggregateExpr':
        return aggregate(node)
      case 'FunctionCall':
        return call(node)
      default:
        return fail(node, `the page does not understand ${node.name}`)
    }
  }

  const { topNode } = parser.parse(source)
  const [error] = descendants(topNode, '⚠')
  if (error !== undefined) fail(error, 'a syntax error')
  return parse(topNode.firstChild!)
}
