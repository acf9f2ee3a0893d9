import type { RunServices } from '../run-services.ts'
import type { TaskRun } from './task-run.ts'

/** Returns the ids of a task and the containers around it, joined by `/`. */
export function taskPathOf({ enclosing, id }: TaskRun): string {
  return enclosing.path === '' ? id : `${enclosing.path}/${id}`
}

/** Returns the path with the rounds of a loop told apart: `retry/charge~2`. */
export function keyOf({ enclosing, id, record }: TaskRun): string {
  const name = record.visit === 1 ? id : `${id}~${record.visit}`
  return enclosing.key === '' ? name : `${enclosing.key}/${name}`
}

/** The longest exec_id that is made of its parent's. */
const longestChildId = 200

/**
 * Names a child run after its parent, its task and its attempt. Deep descendants, whose names would
 * grow, get a name of their own.
 */
export function childExecId(services: RunServices, running: TaskRun, workflowId: string): string {
  const key = keyOf(running).replaceAll('/', '.')
  const name = `${services.execId}.${key}${attemptMark(services, running)}`
  return name.length <= longestChildId ? name : `${workflowId}-${services.uuid()}`
}

/**
 * Tells the attempts of a task apart: `~<round>~<attempt>` ends no id of a task. Runs of engines
 * before revision 6 keep their `-<attempt>`, which may be the end of another task's id.
 */
function attemptMark({ revision }: RunServices, { record }: TaskRun): string {
  const { attempts, visit } = record
  if (attempts === 1) return ''
  if (revision < 6) return `-${attempts}`
  return visit === 1 ? `~1~${attempts}` : `~${attempts}`
}
