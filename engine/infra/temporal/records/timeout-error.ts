import { formatDuration } from '../../../core/time/duration.ts'
import type { TaskError } from '../../../core/task-error.ts'
import type { InterruptedTask, RunRecords } from '../../../definition/run-records.ts'

/** Most tasks that the error of a run names. */
const namedTasks = 3

/**
 * Returns the error of a run that its `config.timeout` ended: the limit, and what its tasks were
 * doing then.
 *
 * @param limitMs undefined where Temporal does not tell it
 * @param records undefined where the history of the run cannot be read
 */
export function timeoutError(
  limitMs: number | undefined,
  records: Pick<RunRecords, 'tasks' | 'interrupted'> | undefined,
): TaskError {
  const limit =
    limitMs === undefined
      ? 'its config.timeout allows'
      : `its config.timeout of ${formatDuration(limitMs)}`
  const doing = records === undefined ? [] : [describeWork(records)]
  return {
    type: 'TaskTimeout',
    message: [`the run took longer than ${limit}`, ...doing.filter((text) => text !== '')].join(
      '; ',
    ),
  }
}

function describeWork({ tasks, interrupted = [] }: Pick<RunRecords, 'tasks' | 'interrupted'>) {
  if (tasks.length === 0) return 'no task had started'
  const named = interrupted.slice(0, namedTasks).map(describeTask)
  const more = interrupted.length - named.length
  if (more > 0) named.push(`${more} more`)
  return named.join(', ')
}

function describeTask({ id, attempt, signal }: InterruptedTask): string {
  if (signal !== undefined) return `task ${id} was waiting for the signal ${signal}`
  return `task ${id} was running${attempt > 1 ? ` (attempt ${attempt})` : ''}`
}
