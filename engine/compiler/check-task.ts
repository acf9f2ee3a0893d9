import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import type { Path } from '../core/source.ts'
import type { TaskType } from '../definition/task-ir.ts'
import { hasTemplate } from '../template/index.ts'
import { movedFromTaskConfig } from '../schema/migration-hints.ts'
import { readScalar } from '../schema/read-scalar.ts'
import { kindOf, type Report } from '../schema/report.ts'
import type { Edge } from './task-tree.ts'
import { variableName } from './workflow-shape.ts'

/** One error for each key of a task's former `config`, naming its new place. */
export function refuseConfig(config: JsonValue, path: Path, report: Report): void {
  const at = [...path, 'config']
  const keys = isJsonObject(config) ? Object.keys(config) : []
  for (const key of keys) {
    const hint =
      movedFromTaskConfig[key] ?? 'values for a tool go under "with"; a task has no config'
    report.error([...at, key], `config.${key} has moved`, { key: true, hint })
  }
  if (keys.length === 0)
    report.error(at, 'a task has no config', {
      key: true,
      hint: 'its keys stand under the task itself',
    })
}

function checkEnvNames(env: JsonValue, path: Path, report: Report): void {
  if (!isJsonObject(env)) return report.error(path, `"env" must be a mapping, not ${kindOf(env)}`)
  for (const name of Object.keys(env))
    if (!new RegExp(variableName.pattern).test(name))
      report.error([...path, name], `the name "${name}" must be ${variableName.allowed}`, {
        key: true,
      })
}

/** A value that is there and is no template. */
function isLiteral(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null && !(typeof value === 'string' && hasTemplate(value))
}

/** Whether a literal is what a collection can go through. */
function isItems(value: JsonValue): boolean {
  if (typeof value !== 'string') return typeof value === 'object'
  try {
    return typeof JSON.parse(value) === 'object'
  } catch {
    return false
  }
}

function checkSignalName(value: JsonValue | undefined, path: Path, report: Report): void {
  if (typeof value === 'string' && isLiteral(value))
    readScalar({ is: 'name', doc: '' }, value, path, report)
}

/** Rules that no single key can express. */
export function checkTogether(
  type: TaskType,
  raw: JsonObject,
  edges: readonly Edge[],
  path: Path,
  report: Report,
): void {
  if (raw['env'] !== undefined && raw['env'] !== null)
    checkEnvNames(raw['env'], [...path, 'env'], report)
  const pauses = ['duration', 'until'].filter((key) => raw[key] !== undefined)
  if (type === 'pause' && pauses.length !== 1)
    report.error(
      path,
      pauses.length === 0 ? 'this pause has no end' : 'both "duration" and "until"',
      {
        hint: 'exactly one of duration: 5m and until: 2026-01-31T09:00:00Z',
      },
    )
  if (type === 'pause' && isLiteral(raw['until']))
    readScalar({ is: 'time', doc: '' }, raw['until'], [...path, 'until'], report)
  if (type === 'collection' && isLiteral(raw['items']) && !isItems(raw['items']))
    report.error(
      [...path, 'items'],
      `"items" must be a list, a mapping or JSON text, not ${kindOf(raw['items'])}`,
      {
        hint: 'a template that gives a list: "{{ .workflow.input.rows }}"',
      },
    )
  if (type === 'wait') checkSignalName(raw['wait_for'], [...path, 'wait_for'], report)
  if (type === 'signal' && isJsonObject(raw['signal']))
    checkSignalName(raw['signal']['id'], [...path, 'signal', 'id'], report)
  const success = raw['on_success']
  if (raw['final'] === true && isJsonObject(success) && success['next'] !== undefined)
    report.error(
      [...path, 'on_success', 'next'],
      'a task with final: true ends the run, so it has no next',
      {
        hint: 'remove final: true or this next',
      },
    )
  const routesToTask = edges.some(
    (edge) => edge.path.includes('routes') || edge.path.at(-1) === 'default',
  )
  if (type === 'router' && routesToTask && success !== undefined && success !== null)
    report.error([...path, 'on_success'], 'a router that routes to tasks has no on_success', {
      key: true,
      hint: 'the task that it routes to says what follows',
    })
}
