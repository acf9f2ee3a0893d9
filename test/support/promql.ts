import { parser } from '@prometheus-io/lezer-promql'
import { defined } from '../../engine/core/defined.ts'

type Node = ReturnType<typeof parser.parse>['topNode']

/** A matcher of a selector: `status_code=~"5.."`, its value unquoted. */
export interface Matcher {
  readonly label: string
  readonly op: string
  readonly value: string
}

/** What an expression asks for: `name{matchers}`, inside these functions, the nearest first. */
export interface Selector {
  /** Absent where only matchers choose. */
  readonly name?: string
  readonly matchers: readonly Matcher[]
  readonly functions: readonly string[]
  /** As it stands, without a range. */
  readonly text: string
}

/** Labels that a part of an expression groups or matches by, with the selectors of that part. */
export interface Grouping {
  readonly labels: readonly string[]
  readonly of: readonly Selector[]
}

/** What a query reads. */
export interface Query {
  readonly selectors: readonly Selector[]
  readonly groupings: readonly Grouping[]
}

function descendants(node: Node, name: string): Node[] {
  const found: Node[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    found.push(...(child.name === name ? [child] : []), ...descendants(child, name))
  return found
}

/** Reads a PromQL expression. Throws where it does not parse, with the place. */
export function parseQuery(expression: string): Query {
  const { topNode } = parser.parse(expression)
  const [error] = descendants(topNode, '⚠')
  if (error !== undefined)
    throw new Error(`not PromQL at ${error.from}: ${expression.slice(error.from, error.from + 40)}`)
  const text = (node: Node | null): string =>
    node === null ? '' : expression.slice(node.from, node.to)

  const matcherOf = (node: Node): Matcher => ({
    label: text(node.getChild('LabelName')),
    op: text(node.getChild('MatchOp')),
    value: JSON.parse(text(node.getChild('StringLiteral')).replace(/^'(.*)'$/, '"$1"')) as string,
  })
  const functionsAround = (node: Node): string[] => {
    const names: string[] = []
    for (let at = node.parent; at !== null; at = at.parent)
      if (at.name === 'FunctionCall') names.push(text(at.getChild('FunctionIdentifier')))
    return names
  }
  const selectorOf = (node: Node): Selector => {
    const name = node.getChild('Identifier')
    return defined({
      name: name !== null ? text(name) : undefined,
      matchers: descendants(node, 'UnquotedLabelMatcher').map(matcherOf),
      functions: functionsAround(node),
      text: text(node),
    })
  }
  const selectorsIn = (node: Node): Selector[] =>
    descendants(node, 'VectorSelector').map(selectorOf)
  return {
    selectors: selectorsIn(topNode),
    groupings: descendants(topNode, 'GroupingLabels').map((node) => {
      const modifier = node.parent!
      const part = modifier.parent!
      return { labels: descendants(node, 'LabelName').map(text), of: selectorsIn(part) }
    }),
  }
}
