import { defined } from '../../core/defined.ts'
import type { TaskIr } from '../../definition/task-ir.ts'
import type { WorkflowIr } from '../../definition/workflow-ir.ts'
import { commonFields } from './common-fields.ts'
import type { TaskKinds } from '../kind.ts'
import { linksOf } from './links.ts'

/** A way from a task to a sibling. */
export interface FlowEdge {
  readonly to: string
  /** When it is taken: `success`, `error`, `timeout`, or the value of a route. */
  readonly on: string
}

/** A task as a drawing shows it. */
export interface FlowTask {
  readonly id: string
  readonly type: string
  /** Where its definition begins: `order.yaml:12:5`. */
  readonly place: string
  /** What it works on: a tool, a signal, an event, a workflow; a template as written. */
  readonly subject?: string
  /** Set where it waits for the signal that `subject` names. */
  readonly awaits?: true
  readonly follows: readonly FlowEdge[]
  readonly tasks: readonly FlowTask[]
}

/** Reads the field of a path such as `signal.id`: a text, or a template as it was written. */
function textAt(task: TaskIr, path: string | undefined): string | undefined {
  const value = path
    ?.split('.')
    .reduce<unknown>(
      (at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
      task,
    )
  const text =
    typeof value === 'object' && value !== null && 'source' in value ? value.source : value
  return typeof text === 'string' ? text : undefined
}

function describe(task: TaskIr, kinds: TaskKinds): FlowTask {
  const kind = kinds.of(task)
  const links = linksOf({ ...commonFields, ...kind.fields }, task)
  const { id, type, place } = task
  const { awaits } = kind
  return {
    ...defined({ id, type, place, subject: textAt(task, kind.subject), awaits }),
    follows: links.flatMap(({ on, link }) => (typeof link === 'string' ? [{ to: link, on }] : [])),
    tasks: links.flatMap(({ link }) => (typeof link === 'string' ? [] : [describe(link, kinds)])),
  }
}

/** Describes the tasks of a workflow and the ways between them, for people. */
export function describeFlow({ tasks }: WorkflowIr, kinds: TaskKinds): readonly FlowTask[] {
  return tasks.map((task) => describe(task, kinds))
}
