import type { Executions, ExecutionSummary } from '../../../../executions.ts'

/** Repetitions of one run that are looked at: nobody repeats one run by hand more often. */
const shownRepetitions = 200

/**
 * Returns a function that reports whether the work of a run is done already, or under way: a
 * repetition of it, of a repetition of it, or of a run that started it has completed or is open.
 * What a request with this key has started does not count: sent again, it answers alike.
 */
export function createRepeatedCheck(
  executions: Executions,
  key: string | undefined,
  signal: AbortSignal,
): (run: ExecutionSummary) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>()

  async function ask(rerun_of: string): Promise<boolean> {
    const query = { rerun_of, limit: shownRepetitions }
    const { items } = await executions.list(query, { signal })
    if (key !== undefined && items.some((run) => executions.isRepetition(run, key))) return false
    if (items.some(({ status }) => status === 'running' || status === 'completed')) return true
    return isAny(items.map(({ exec_id }) => exec_id))
  }

  function isRepeated(execId: string): Promise<boolean> {
    const answer = known.get(execId) ?? ask(execId)
    known.set(execId, answer)
    return answer
  }

  /** One after the other: most often the first decides. */
  async function isAny(execIds: Iterable<string>): Promise<boolean> {
    for (const execId of execIds) if (await isRepeated(execId)) return true
    return false
  }

  return (run) => isAny([run.exec_id, ...ancestorsOf(run)])
}

/**
 * Names of what may have started a run, and of what started that. The id of a child is that of its
 * parent, a dot, and the path of its task, unless that would be too long.
 */
export function ancestorsOf({ exec_id, child_of }: ExecutionSummary): ReadonlySet<string> {
  const prefixes = [...exec_id.matchAll(/\./g)].map(({ index }) => exec_id.slice(0, index))
  return new Set(child_of === null ? prefixes : [child_of, ...prefixes])
}
