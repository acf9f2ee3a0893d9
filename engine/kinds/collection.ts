import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { parseExactJson } from '../core/exact-json.ts'
import { renderTemplate, renderTree, TemplateError, textOf } from '../template/sandbox.ts'
import { raceOutput, runChildren, type Child } from './shared/children.ts'
import { movedInCollection } from '../schema/migration-hints.ts'
import { kindOf } from '../schema/report.ts'
import type { TaskKind, WrittenTask } from './kind.ts'
import { literalOf } from './shared/literal.ts'
import type { Nest, TaskContext, TaskEnd, TaskResult, Roots } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'
import { maximumWorkers, strategies } from './shared/strategy.ts'

const fields = {
  items: {
    is: 'tree',
    required: true,
    neverText: true,
    doc: 'a list; an object, whose items are {key, value}; a template that gives one of them; or JSON text',
  },
  // Without an id, children take the collection's. Each fixed id gets the item's index.
  task: {
    is: 'task',
    required: true,
    adds: ['item', 'index'],
    idIsTemplate: true,
    defaultIdSuffix: '',
    doc: 'the task that is run for each item',
  },
  mode: {
    is: 'choice',
    of: ['parallel', 'sequential'],
    doc: 'all items at once, or one after another (parallel)',
  },
  max_workers: {
    is: 'integer',
    min: 0,
    max: maximumWorkers,
    doc: 'how many items run at once (0: all)',
  },
  batch: {
    is: 'integer',
    min: 0,
    max: maximumWorkers,
    doc: 'run so many items, then the next so many (0: no batches)',
  },
  strategy: { is: 'choice', of: strategies, doc: 'how it takes failures (wait_all)' },
  filter: {
    is: 'condition',
    adds: ['item', 'index'],
    doc: 'keeps the items for which it is true; here index is the place in the whole list',
  },
  item_var: { is: 'variable', renames: 'item', doc: 'name of the item in templates (item)' },
  index_var: {
    is: 'variable',
    renames: 'index',
    doc: 'name of its index, counted after the filter (index)',
  },
} as const satisfies Fields

type CollectionIr = TaskIr & CompiledFields<typeof fields>

function check(task: WrittenTask): void {
  checkNames(task)
  const { raw, path, report } = task
  const items = literalOf(raw['items'])
  if (items === undefined || isItems(items)) return
  report.error(
    [...path, 'items'],
    `"items" must be a list, a mapping or JSON text, not ${kindOf(items)}`,
    { hint: 'a template that gives a list: "{{ .workflow.input.rows }}"' },
  )
}

/** Checks that an item and its index have names of their own. */
function checkNames({ read, path, report }: WrittenTask): void {
  const { item_var = 'item', index_var = 'index' } = read
  const at = [...path, read['index_var'] === undefined ? 'item_var' : 'index_var']
  if (item_var === index_var)
    report.error(at, `an item and its index are both named "${String(item_var)}"`, {
      hint: 'give item_var or index_var another name',
    })
  else if (index_var === 'item' && item_var !== 'index')
    report.warning(at, 'the name "item" gives the index', {
      hint: `the item is .${String(item_var)}`,
    })
}

/** Whether a collection can go through a literal. */
function isItems(value: JsonValue): boolean {
  if (typeof value !== 'string') return typeof value === 'object'
  const parsed = parseExactJson(value, { allowPrototypeKeys: true })
  return 'value' in parsed && typeof parsed.value === 'object'
}

function* run(task: CollectionIr, context: TaskContext): Steps<TaskResult> {
  const { strategy = 'wait_all', mode = 'parallel', max_workers = 0, batch = 0 } = task
  const kept = context.kept as KeptItems | undefined
  const items = kept?.items ?? keptItems(task, context)
  if (items.length === 0) return { output: [] }
  const plan = { strategy, workers: mode === 'sequential' ? 1 : max_workers, batch }
  const children = childrenOf(task, items, context)
  const result = yield* runChildren(children, plan, context)
  return {
    output: strategy === 'race' ? raceOutput(result) : result.outputs,
    errors: result.errors,
  }
}

function itemRoots(
  { item_var = 'item', index_var = 'index' }: CollectionIr,
  item: JsonValue,
  index: number,
): Roots {
  return { item, index, [item_var]: item, [index_var]: index }
}

function keptItems(task: CollectionIr, context: TaskContext): readonly JsonValue[] {
  const items = listOf(renderTree(task.items, context.scope()), task)
  const { filter } = task
  if (filter === undefined) return items
  return items.filter((item, index) => context.test(filter, itemRoots(task, item, index)))
}

/** Returns the items: those of a list, an object's as `{key, value}`, or a text's as JSON. */
function listOf(value: JsonValue, task: CollectionIr): readonly JsonValue[] {
  const parsed = typeof value === 'string' ? parseItems(value, task) : value
  if (Array.isArray(parsed)) return parsed as readonly JsonValue[]
  if (isJsonObject(parsed))
    return Object.entries(parsed).map(([key, entry]) => ({ key, value: entry }))
  throw new TemplateError(
    `items must be a list or an object, not ${JSON.stringify(parsed)}`,
    task.place,
  )
}

function parseItems(text: string, task: CollectionIr): JsonValue {
  const parsed = parseExactJson(text, { allowPrototypeKeys: true })
  if ('value' in parsed) return parsed.value
  const { pointer, message } = parsed.refusal
  if (pointer !== '') throw new TemplateError(`items at ${pointer}: ${message}`, task.place)
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
  throw new TemplateError(`items must be a list, an object or JSON text, not ${shown}`, task.place)
}

function childrenOf(
  task: CollectionIr,
  items: readonly JsonValue[],
  context: TaskContext,
): Child[] {
  const child = task.task
  const ids = (context.kept as KeptItems | undefined)?.ids
  const children: Child[] = []
  const known = () => children.map(({ id }) => ({ id, type: child.type }))
  const nest = context.nest([], { apart: true, known })
  const taken = new Set<string>()
  for (const [index, value] of items.entries()) {
    const id =
      ids?.[index] ??
      uniqueId(child, index, taken, () =>
        textOf(renderTemplate(child.id_template!, nest.scope(itemRoots(task, value, index)))),
      )
    const start = (): Steps<TaskEnd> =>
      nest.run(child, {
        id,
        roots: itemRoots(task, value, index),
        item: { value, index },
        resumes: true,
      })
    children.push({ id, end: nest.endOf(id), isUnderWay: nest.isUnderWay(id), start })
  }
  context.keep(() => keepItems(task, items, children, nest))
  return children
}

/** What a collection keeps when the run continues as new. */
interface KeptItems {
  /** The items. Those whose task has ended are 0: nothing reads them again. */
  readonly items: readonly JsonValue[]
  /** The children's ids, if a template gives them. */
  readonly ids?: readonly string[]
}

function keepItems(
  task: CollectionIr,
  items: readonly JsonValue[],
  children: readonly Child[],
  nest: Nest,
): JsonObject {
  const open = items.map((item, index) => (nest.hasEnded(children[index]!.id) ? 0 : item))
  if (task.task.id_template === undefined) return { items: open }
  return { items: open, ids: children.map(({ id }) => id) }
}

/**
 * The id of one item's task. A fixed id gets the index. One from a template keeps letters, digits,
 * `_` and `-`, and gets the index only where it is empty or taken by an earlier item.
 */
function uniqueId(child: TaskIr, index: number, taken: Set<string>, render: () => string): string {
  const rendered = child.id_template === undefined ? child.id : cleanId(render())
  let id =
    child.id_template === undefined || rendered === '' ? `${rendered || 'item'}-${index}` : rendered
  while (taken.has(id)) id = `${id}-${index}`
  taken.add(id)
  return id
}

function cleanId(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 63)
}

/** Runs its task for each item. The outputs come in the items' order. */
export const collection = {
  name: 'collection',
  doc: 'Runs one task for each item of a list.',
  fields,
  moved: movedInCollection,
  allows: { condition: true, retry: false },
  check,
  run,
} as const satisfies TaskKind
