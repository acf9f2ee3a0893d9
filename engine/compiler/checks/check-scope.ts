import type { Path } from '../../core/source.ts'
import {
  checkCondition,
  checkTemplate,
  checkTree,
  type ConditionIr,
  type TemplateEnvironment,
  type TemplateIr,
  type TreeIr,
  type VisibleTasks,
} from '../../template/index.ts'
import { isPerItem } from '../../kinds/shared/child-tasks.ts'
import { reportProblem } from '../compile-template.ts'
import { analyzeFlow } from './analyze-flow.ts'
import { itemTasks } from './item-tasks.ts'
import type { Report } from '../../schema/report.ts'
import type { Shape } from '../../schema/shape.ts'
import type { PlacedMetric, TaskLevel, TaskNode } from '../task-tree.ts'

/** The names that a template may use. Inner scopes add to outer ones. */
export type TemplateScope = TemplateEnvironment

/** Roots that are always there. */
export const alwaysRoots = [
  'workflow',
  'input',
  'tasks',
  'env',
  'project',
  'trigger',
  'parent',
] as const

/**
 * Fields that are read when their task is over: they see the task itself, and a container's
 * children.
 */
const endFields = new Set(['outputs', 'on_success', 'on_error', 'metrics'])

const nothing: VisibleTasks = { get: () => undefined, keys: () => [] }

function withRoots(scope: TemplateScope, added: Iterable<string>): TemplateScope {
  return { ...scope, roots: new Set([...scope.roots, ...added]) }
}

/** Adds tasks to a scope; their names hide those of the same name that it has. */
function withTasks(scope: TemplateScope, ...added: readonly VisibleTasks[]): TemplateScope {
  const tasks = added.reduce<VisibleTasks>(
    (outer, inner) => ({
      get: (id) => inner.get(id) ?? outer.get(id),
      keys: () => new Set([...outer.keys(), ...inner.keys()]),
    }),
    scope.tasks,
  )
  return { ...scope, tasks }
}

/** The roots that a field adds for what is in it. */
function addedRoots(shape: Pick<Shape, 'is'> & { readonly adds?: readonly string[] }) {
  return shape.adds ?? []
}

/** Checks the value of one field with its nested objects and lists, but not nested tasks. */
export function checkFieldScope(
  shape: Shape,
  value: unknown,
  path: Path,
  scope: TemplateScope,
  report: Report,
): void {
  if (value === undefined || report.isFull) return
  const inside = withRoots(scope, addedRoots(shape))
  switch (shape.is) {
    case 'template':
      return checkTemplate(value as TemplateIr, inside, (problem) =>
        reportProblem(report, path, problem),
      )
    case 'condition':
      return checkCondition(value as ConditionIr, inside, (problem) =>
        reportProblem(report, path, problem),
      )
    case 'tree':
      return checkTree(value as TreeIr, inside, (inner, problem) =>
        reportProblem(report, [...path, ...inner], problem),
      )
    case 'object':
      for (const [key, field] of Object.entries(shape.fields))
        checkFieldScope(
          field,
          (value as Record<string, unknown>)[key],
          [...path, key],
          scope,
          report,
        )
      return
    default:
  }
}

/** Names that a task gave to roots: `item_var: row` adds a second name for `item`. */
function givenNames({ fields, ir }: TaskNode): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(fields).flatMap(([key, field]) =>
      field.is === 'variable' && typeof ir[key] === 'string'
        ? [[field.renames as string, ir[key]] as const]
        : [],
    ),
  )
}

/** A field whose added roots carry the names that its task gave them too. */
function withGivenNames(shape: Shape, names: ReadonlyMap<string, string>): Shape {
  const adds = addedRoots(shape).flatMap((root) => [root, names.get(root) ?? []].flat())
  return { ...shape, adds } as Shape
}

/** What is known about a container's children after it has ended. */
function childrenOf({ levels, fields }: TaskNode): readonly VisibleTasks[] {
  return levels.map(({ field, level }) =>
    isPerItem(fields[field]!) ? itemTasks(level) : finishedTasks(level),
  )
}

/** The tasks of a level that has ended: `ok` if they can have run. */
export function finishedTasks(level: TaskLevel): ReadonlyMap<string, 'ok' | 'never_before'> {
  const { reachable } = analyzeFlow(level)
  const skipped = [...level.skipped]
  const isKnown = skipped.length === 0
  const ended = level.nodes.map(
    ({ ir }) => [ir.id, reachable.has(ir.id) || !isKnown ? 'ok' : 'never_before'] as const,
  )
  return new Map([...ended, ...skipped.map((id) => [id, 'ok'] as const)])
}

function checkNode(
  node: TaskNode,
  started: TemplateScope,
  late: VisibleTasks,
  report: Report,
): void {
  const { ir, path, fields, levels } = node
  const own = new Map([[ir.id, 'ok' as const]])
  const ended = withTasks(started, late, own, ...childrenOf(node))
  const names = givenNames(node)
  for (const [key, shape] of Object.entries(fields)) {
    const isLate = shape.is === 'condition' && shape.whileRunning === true
    const before = isLate ? withTasks(started, late) : started
    const scope = endFields.has(key) ? ended : before
    checkFieldScope(withGivenNames(shape, names), ir[key], [...path, key], scope, report)
  }
  checkFieldScope({ is: 'template', doc: '' }, ir.id_template, [...path, 'id'], started, report)
  const metricScope = withRoots(ended, ['output', 'error', ...addedRoots(fields['outputs']!)])
  for (const metric of node.metrics) checkMetricScope(metric, metricScope, report)
  const below = withTasks(started, late)
  for (const { field, level } of levels) {
    const roots = addedRoots(withGivenNames(fields[field]!, names))
    checkLevelScope(level, withRoots(below, roots), slotsOf(node, field), report)
  }
}

/** How many tasks of a level run at once; 0: all. */
function slotsOf({ fields, ir }: TaskNode, field: string): number {
  const shape = fields[field]!
  return shape.is === 'tasks' && shape.slots !== undefined ? Number(ir[shape.slots] ?? 0) : 0
}

/** Checks the templates of one metric; labels in the order they were written. */
export function checkMetricScope(
  { ir: metric, path }: PlacedMetric,
  scope: TemplateScope,
  report: Report,
): void {
  checkFieldScope({ is: 'tree', doc: '' }, metric.value, [...path, 'value'], scope, report)
  checkFieldScope({ is: 'condition', doc: '' }, metric.when, [...path, 'when'], scope, report)
  for (const { name, value } of metric.labels)
    checkFieldScope(
      { is: 'tree', doc: '' },
      value,
      [...path, 'labels', name, 'value'],
      scope,
      report,
    )
}

/**
 * Checks every template of a level and of all below it: unknown names, and tasks that cannot have
 * run before.
 * @param outer what the enclosing levels let it see; names of its own hide theirs
 * @param slots how many tasks of the level run at once; 0: all
 */
export function checkLevelScope(
  level: TaskLevel,
  outer: TemplateScope,
  slots: number,
  report: Report,
): void {
  const flow = analyzeFlow(level, slots)
  const isKnown = level.skipped.size === 0
  const ids = new Set([...level.nodes.map(({ ir }) => ir.id), ...level.skipped])
  for (const node of level.nodes) {
    const { id } = node.ir
    const siblings: VisibleTasks = {
      get: (other) => {
        if (!ids.has(other)) return undefined
        return !isKnown || flow.canPrecede(other, id) ? 'ok' : 'never_before'
      },
      keys: () => ids,
    }
    // Siblings beside it end while this one runs: what is read later in its life may see them.
    const late: VisibleTasks = {
      get: (other) => (other !== id && ids.has(other) ? 'ok' : undefined),
      keys: () => ids,
    }
    const scope = flow.handlers.has(id) || !isKnown ? withRoots(outer, ['error']) : outer
    const runsBeside = level.order === 'together'
    checkNode(node, withTasks(scope, siblings), runsBeside ? late : nothing, report)
  }
}
