import type { JsonObject } from '../core/json.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Report } from '../schema/report.ts'
import { idAllowed, idPattern } from '../schema/shape.ts'
import type { TemplateIr } from '../template/index.ts'
import type { TaskPosition } from './compile-task.ts'

type TaskId = Pick<TaskIr, 'id' | 'id_template'>

/**
 * Returns a task's id: as written, from its position, or a template with its source as the id.
 * @param read the id as its shape gave it
 */
export function compileTaskId(
  raw: JsonObject,
  read: unknown,
  position: TaskPosition,
  report: Report,
): TaskId {
  if (position.idIsTemplate === true) return compileItemId(raw, read, position, report)
  if (typeof read === 'string') return { id: read }
  const written = raw['id']
  return { id: typeof written === 'string' ? written : (position.defaultId ?? '') }
}

/** Of a templated id, the most that ids below it take, so that they stay ids. */
const longestPlain = 40

/**
 * Returns the text around an id's templates. Only a run can render those, so the tasks below the
 * item are named after this text.
 */
export function withoutTemplates(id: string): string {
  if (!id.includes('{{')) return id
  const plain = id
    .replaceAll(/\{\{.*?(?:\}\}|$)/gs, '-')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/-{2,}/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, longestPlain)
  return plain.replace(/[-_]+$/, '') || 'item'
}

function compileItemId(
  raw: JsonObject,
  read: unknown,
  { path, defaultId = '' }: TaskPosition,
  report: Report,
): TaskId {
  if ((raw['id'] ?? null) === null) return { id: defaultId }
  if (read === undefined) return { id: '' }
  const template = read as TemplateIr
  const { source } = template
  if (source.includes('{{')) return { id: source, id_template: template }
  if (!new RegExp(idPattern).test(source))
    report.error([...path, 'id'], `"id" must be an id (${idAllowed}), not "${source}"`)
  return { id: source }
}
