import type { TemplateIr, TreeIr } from '../ir.ts'
import { blockOf, type Statement } from './syntax-tree.ts'

/**
 * Returns a template without the white space at its ends that holds a line break. A block scalar
 * (`|`, `>`) ends in one, and a comment on a line of its own leaves one: beside it, an expression
 * would be text. The source stays whole, so offsets into it do too.
 */
export function trimLineBreaks(template: TemplateIr): TemplateIr {
  const body = [...blockOf(template)]
  trimEnd(body, -1, (text) => text.trimEnd())
  trimEnd(body, 0, (text) => text.trimStart())
  return { ...template, body }
}

function trimEnd(body: Statement[], at: 0 | -1, trim: (text: string) => string): void {
  const statement = body.at(at)
  if (statement?.[0] !== 'text') return
  const text = statement[1]
  const kept = trim(text)
  const removed = at === 0 ? text.slice(0, text.length - kept.length) : text.slice(kept.length)
  if (!/[\r\n]/.test(removed)) return
  body.splice(at, 1, ...(kept === '' ? [] : [['text', kept] as const]))
}

/** The same for a tree that is one string, where text is not what it is to give. */
export function trimTree(tree: TreeIr): TreeIr {
  return tree.t === 'tpl' ? { ...tree, template: trimLineBreaks(tree.template) } : tree
}
