import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import { standardKinds } from '../../engine/kinds/index.ts'
import { awaitedSignals, warnUnawaited } from '../../engine/kinds/shared/awaited-signals.ts'
import type { TaskError } from '../../engine/core/task-error.ts'
import { acceptEvent } from '../../engine/project/accept-event.ts'
import type { RunRecords } from '../../engine/definition/run-records.ts'
import type { Project, Workflow } from '../../engine/project/project.ts'
import type {
  Execution,
  Executions,
  ExecutionStatus,
  RerunRequest,
  StartRequest,
} from '../../engine/executions.ts'
import { listMemory } from './memory-list.ts'

/** How a run ends. */
export interface Outcome {
  readonly status: Exclude<ExecutionStatus, 'running'>
  readonly output?: JsonValue
  readonly error?: TaskError
  readonly tasks?: Execution['tasks']
}

/** What the fake is made of. */
export interface MemoryOptions {
  readonly project: Project
  /** Runs of every project that shares the server; default: of none other. */
  readonly store?: MemoryStore
  /** What the history of every run tells; default: nothing. */
  readonly records?: RunRecords
  /** What a signal does to a run: ends it, or is kept (`undefined`). */
  readonly onSignal?: (
    name: string,
    payload: JsonValue,
    execution: Execution,
  ) => Outcome | undefined
}

interface MemoryRun {
  execution: Execution
  readonly project: string
  readonly key: string | undefined
  /** How it was asked for, where it repeats another run under a key. */
  repeats?: RerunRequest
  pendingSignals: number
  readonly ended: AbortSignal
  end(outcome: Outcome): void
}

/** The runs of one server. Its clock goes a second further with each look. */
export interface MemoryStore {
  readonly runs: MemoryRun[]
  now(): string
}

/** An empty server. */
export function createMemoryStore(): MemoryStore {
  let time = Date.UTC(2026, 0, 1)
  return { runs: [], now: () => new Date((time += 1_000)).toISOString() }
}

/** As in the real one. */
const maximumPendingSignals = 1_000

const canceled: Outcome = {
  status: 'canceled',
  error: { type: 'Cancelled', message: 'the run was canceled' },
}

function createRun(
  execution: Execution,
  project: string,
  key: string | undefined,
  store: MemoryStore,
) {
  const ending = new AbortController()
  const run: MemoryRun = {
    execution,
    project,
    key,
    pendingSignals: 0,
    ended: ending.signal,
    end({ status, output = null, error = null as TaskError | null, tasks = null }) {
      run.execution = { ...run.execution, status, output, error, tasks, closed_at: store.now() }
      ending.abort()
    },
  }
  return run
}

/**
 * The executions of a project in memory, for tests of what is built on them; it passes the port's
 * contract.
 */
export interface MemoryExecutions extends Executions {
  /** Ends an open run. */
  end(execId: string, outcome: Outcome): void
}

/** See {@link MemoryExecutions}. */
export function createMemoryExecutions(options: MemoryOptions): MemoryExecutions {
  const { project, store = createMemoryStore(), onSignal } = options

  function find(execId: string): MemoryRun {
    const run = store.runs.find(({ execution, project: name }) => {
      return execution.exec_id === execId && name === project.name
    })
    if (run === undefined) throw new CompozyError('not_found', `no execution "${execId}"`)
    return run
  }

  function findOpen(execId: string): MemoryRun {
    const run = find(execId)
    const { status } = run.execution
    if (status !== 'running')
      throw new CompozyError('conflict', `execution "${execId}" is closed: ${status}`)
    return run
  }

  function workflowOf(id: string): Workflow {
    const found = project.workflows.get(id)
    if (found !== undefined) return found
    throw new CompozyError(
      'not_found',
      `no workflow "${id}"${didYouMean(id, project.workflows.keys())}`,
    )
  }

  function begin(
    { workflowId, idempotencyKey, keyDecides }: StartRequest & { keyDecides?: boolean },
    input: JsonValue,
  ) {
    const key = idempotencyKey && JSON.stringify([workflowId, idempotencyKey])
    const existing =
      key && store.runs.find((run) => run.project === project.name && run.key === key)
    if (existing) {
      const { exec_id, run_id, input: before } = existing.execution
      if (keyDecides === true || isDeepStrictEqual(before, input))
        return { exec_id, run_id, created: false }
      throw new CompozyError(
        'conflict',
        `idempotency key "${idempotencyKey}" was already used with a different input`,
      )
    }
    const number = store.runs.length + 1
    const exec_id = `${workflowId}-${number}`
    const execution: Execution = {
      exec_id,
      run_id: `run-${number}`,
      workflow_id: workflowId,
      status: 'running',
      input,
      output: null,
      error: null,
      tasks: null,
      started_at: store.now(),
      closed_at: null,
      rerun_of: null,
      child_of: null,
    }
    store.runs.push(createRun(execution, project.name, key, store))
    return { exec_id, run_id: execution.run_id, created: true }
  }

  return {
    async start(request) {
      return begin(request, workflowOf(request.workflowId).acceptInput(request.input))
    },
    describe: async (execId) => find(execId).execution,
    async view(execId) {
      const { pendingSignals } = find(execId)
      return { tasks: {}, waiting_for: [], pending_signals: pendingSignals, as_of: Date.now() }
    },
    async past(execId) {
      const { status } = find(execId).execution
      return { status, records: options.records ?? { tasks: [], history: [], truncated: false } }
    },
    async list(query) {
      const own = store.runs.filter((run) => run.project === project.name)
      return listMemory(
        own.map(({ execution }) => execution),
        query,
      )
    },
    async result(execId, timeoutMs, { signal } = {}) {
      const run = find(execId)
      // A plain timer: Node 20 may collect a timeout signal that only a combined one refers to.
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(), timeoutMs)
      const over = AbortSignal.any([run.ended, late.signal, ...(signal ? [signal] : [])])
      if (!over.aborted) await once(over, 'abort')
      clearTimeout(timer)
      if (signal?.aborted)
        throw new CompozyError('temporal_timeout', 'the call to Temporal was canceled')
      return run.execution.status === 'running' ? undefined : run.execution
    },
    async rerun(request) {
      const { execId, input, definition, idempotencyKey } = request
      const { execution } = find(execId)
      const earlier = store.runs.find(
        ({ repeats }) =>
          idempotencyKey !== undefined &&
          repeats?.execId === execId &&
          repeats.idempotencyKey === idempotencyKey,
      )
      if (earlier !== undefined) {
        const { exec_id, workflow_id } = earlier.execution
        if (isDeepStrictEqual(earlier.repeats, request))
          return { exec_id, workflow_id, rerun_of: execId }
        const message = `idempotency key "${idempotencyKey}" was already used to repeat execution "${execId}" otherwise`
        throw new CompozyError('conflict', message)
      }
      if (execution.status === 'running')
        throw new CompozyError('conflict', `execution "${execId}" is still open`)
      const { workflow_id } = execution
      const trigger = { type: 'rerun', name: execId } as const
      const given = input === undefined ? execution.input : input
      const isChecked = definition === 'current' || input !== undefined
      const accepted = isChecked ? workflowOf(workflow_id).acceptInput(given) : given
      const { exec_id } = begin({ workflowId: workflow_id, input: given, trigger }, accepted)
      const run = find(exec_id)
      run.execution = { ...run.execution, rerun_of: execId }
      run.repeats = request
      return { exec_id, workflow_id, rerun_of: execId }
    },
    isRepetition: ({ exec_id, rerun_of }, idempotencyKey) =>
      store.runs.some(
        ({ execution, repeats }) =>
          execution.exec_id === exec_id &&
          execution.rerun_of === rerun_of &&
          repeats?.idempotencyKey === idempotencyKey,
      ),
    async signal(execId, name, payload) {
      const run = findOpen(execId)
      const outcome = onSignal?.(name, payload, run.execution)
      const { definition } = workflowOf(run.execution.workflow_id)
      const receipt = defined({
        warning: warnUnawaited(name, awaitedSignals(definition, standardKinds)),
      })
      if (outcome !== undefined) {
        run.end(outcome)
        return receipt
      }
      if (run.pendingSignals >= maximumPendingSignals) {
        const message = `execution "${execId}" has ${run.pendingSignals} signals that no task has taken; wait until its tasks take some signals`
        throw new CompozyError('limit_reached', message)
      }
      run.pendingSignals++
      return receipt
    },
    cancel: async (execId) => findOpen(execId).end(canceled),
    async terminate(execId, reason) {
      findOpen(execId).end({ status: 'terminated', error: { type: 'Terminated', message: reason } })
    },
    async publish({ name, payload, idempotencyKey, keyDecides = false }) {
      const all = [...project.workflows.values()]
      const listeners = all.filter(({ triggers }) =>
        triggers.some((trigger) => trigger.name === name),
      )
      if (listeners.length === 0) {
        const known = all.flatMap(({ triggers }) => triggers.map((trigger) => trigger.name))
        const hint = didYouMean(name, known)
        throw new CompozyError('not_found', `no workflow listens to event "${name}"${hint}`)
      }
      const accepted = listeners.map(
        (workflow) => [workflow.id, acceptEvent(workflow, name, payload)] as const,
      )
      return accepted.map(([workflowId, input]) => {
        const key =
          idempotencyKey === undefined ? {} : { idempotencyKey: `event ${name} ${idempotencyKey}` }
        const trigger = { type: 'signal', name } as const
        return {
          workflow_id: workflowId,
          exec_id: begin({ workflowId, input, trigger, keyDecides, ...key }, input).exec_id,
        }
      })
    },
    end: (execId, outcome) => findOpen(execId).end(outcome),
  }
}
