import { WorkflowNotFoundError, type Client } from '@temporalio/client'

interface Time {
  readonly seconds: { toNumber(): number }
  readonly nanos: number
}

interface NewSchedule {
  readonly scheduleId: string
  readonly action: { readonly workflowId: string }
}

interface PatchRequest {
  readonly scheduleId: string
  readonly patch: { readonly triggerImmediately: { readonly scheduledTime: Time } }
}

/** Settings of a scheduler of Temporal. */
export interface FakeSchedulerOptions {
  /** How long a change waits to be read, ms. */
  readonly readsAfterMs?: number
  /** Returns the time that it gives to a run, as one that ignores the time of a trigger. */
  readonly timeOf?: (asked: { readonly ms: number; readonly nanos: number }) => {
    readonly ms: number
    readonly nanos: number
  }
}

/** The parts of a Temporal server that triggers and pauses of schedules reach. */
export interface FakeScheduler {
  readonly client: Client
  /** Ids of the runs, in the order of their starts. */
  readonly runs: string[]
  /** How often each call was made. */
  readonly calls: Record<'describeRun' | 'patch' | 'describe', number>
  readonly paused: Set<string>
  /** Thrown by the next call of this kind. */
  readonly failures: Partial<Record<'describeRun' | 'patch' | 'describe', Error>>
  /** Starts a run, as the schedule does by the clock. */
  start(scheduleId: string, execId: string): void
}

const textAt = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/**
 * Temporal's scheduler as its source tells it: of the changes of a schedule, the last one replaces
 * the others until it is read. The id of a run ends in the second of its trigger, and an open run's
 * id is refused. The last ten runs are listed.
 */
export function createFakeScheduler(options: FakeSchedulerOptions = {}): FakeScheduler {
  const { readsAfterMs = 20, timeOf = (asked) => asked } = options
  const pending = new Map<string, () => void>()
  const scheduledIds = new Map<string, string>()
  const recent = new Map<string, { execId: string; scheduleTime: Partial<Time> }[]>()
  const runs: string[] = []
  const paused = new Set<string>()
  const calls = { describeRun: 0, patch: 0, describe: 0 }
  const failures: FakeScheduler['failures'] = {}

  function count(call: keyof typeof calls): void {
    calls[call]++
    const failure = failures[call]
    delete failures[call]
    if (failure !== undefined) throw failure
  }

  function begin(scheduleId: string, execId: string, nanos: number): void {
    if (runs.includes(execId)) return
    runs.push(execId)
    const listed = [...(recent.get(scheduleId) ?? []), { execId, scheduleTime: { nanos } }]
    recent.set(scheduleId, listed.slice(-10))
  }

  function change(scheduleId: string, make: () => void): void {
    const reads = pending.has(scheduleId)
    pending.set(scheduleId, make)
    if (reads) return
    setTimeout(() => {
      pending.get(scheduleId)?.()
      pending.delete(scheduleId)
    }, readsAfterMs)
  }

  const client = {
    options: { namespace: 'orders', identity: 'self' },
    connection: {
      withDeadline: (_: number, make: () => unknown) => make(),
      withAbortSignal: (_: AbortSignal, make: () => unknown) => make(),
    },
    workflow: {
      getHandle: (execId: string) => ({
        async describe() {
          count('describeRun')
          if (!runs.includes(execId)) throw new WorkflowNotFoundError('none', execId, undefined)
        },
      }),
    },
    schedule: {
      async *list() {},
      async create({ scheduleId, action }: NewSchedule) {
        scheduledIds.set(scheduleId, action.workflowId)
      },
      getHandle: (scheduleId: string) => ({
        async pause() {
          count('patch')
          change(scheduleId, () => void paused.add(scheduleId))
        },
        async describe() {
          // A query is answered once the changes before it are read.
          await new Promise((resolve) => void setTimeout(resolve, readsAfterMs))
          count('describe')
          return {
            state: { paused: paused.has(scheduleId) },
            info: { nextActionTimes: [], recentActions: [] },
          }
        },
      }),
    },
    workflowService: {
      async patchSchedule({ scheduleId, patch }: PatchRequest) {
        count('patch')
        const { seconds, nanos } = patch.triggerImmediately.scheduledTime
        change(scheduleId, () => {
          const time = timeOf({ ms: seconds.toNumber() * 1_000, nanos })
          const scheduledId = scheduledIds.get(scheduleId) ?? scheduleId
          begin(scheduleId, `${scheduledId}-${textAt(time.ms)}`, time.nanos)
        })
      },
      async describeSchedule({ scheduleId }: { readonly scheduleId: string }) {
        count('describe')
        const listed = recent.get(scheduleId) ?? []
        return {
          info: {
            recentActions: listed.map(({ execId, scheduleTime }) => ({
              scheduleTime,
              startWorkflowResult: { workflowId: execId },
            })),
          },
        }
      },
    },
  }
  return {
    // Only the calls that are made of it.
    client: client as unknown as Client,
    runs,
    calls,
    paused,
    failures,
    start: (scheduleId, execId) => begin(scheduleId, execId, 0),
  }
}
