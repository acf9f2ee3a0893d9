import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js'
import { defaultPayloadConverter } from '@temporalio/common'
import { temporal } from '@temporalio/proto'
import type { Behavior } from './workflow.ts'

const messages = temporal.api.workflowservice.v1
const { EventType } = temporal.api.enums.v1

type Commands = temporal.api.command.v1.ICommand[]
type HistoryEvent = temporal.api.history.v1.IHistoryEvent

/** What the frontend says to the completion of a workflow task. */
export type Verdict = 'accept' | 'UnhandledCommand' | 'NOT_FOUND'

/**
 * One run that the frontend gives out, and what it says to each of its completions, in order; then
 * it accepts.
 */
export interface FakeRun {
  readonly runId: string
  readonly type: string
  readonly behavior: Behavior
  readonly verdicts?: readonly Verdict[]
  readonly cancelRequested?: boolean
  readonly startedAt?: Date
  /** How long Temporal holds back its first workflow task, in ms. */
  readonly delayMs?: number
  /** When its workflow tasks start, in ms since it was created. */
  readonly taskAtMs?: number
}

/** A Temporal frontend in this process: as much of it as a worker needs to run workflows. */
export interface FakeFrontend {
  readonly address: string
  /** Gives out a run; resolves when a completion of it was accepted, with its commands. */
  execute(run: FakeRun): Promise<Commands>
  /** Queries a run that has failed; resolves when a worker has answered. */
  queryFailed(run: FakeRun): Promise<void>
  stop(): void
}

interface Task {
  readonly run: FakeRun
  readonly attempt: number
  /** The task asks a run that has failed in this attempt. */
  readonly isQuery?: boolean
}

interface Method {
  readonly path: string
  readonly handle: (request: never, call: ServerUnaryCall<unknown, unknown>) => Promise<object>
}

class Refusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const at = (date: Date) => ({
  seconds: Math.floor(date.getTime() / 1_000) as never,
  nanos: (date.getTime() % 1_000) * 1e6,
})

/** The history of a run whose nth workflow task is given out, or has failed it. */
function historyOf({ run, attempt, isQuery = false }: Task): HistoryEvent[] {
  const start = run.startedAt ?? new Date(Date.now() - 5_000)
  const events: HistoryEvent[] = [
    {
      eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
      workflowExecutionStartedEventAttributes: {
        workflowType: { name: run.type },
        taskQueue: { name: 'fake' },
        input: { payloads: [defaultPayloadConverter.toPayload(run.behavior)] },
        originalExecutionRunId: run.runId,
        firstExecutionRunId: run.runId,
        workflowTaskTimeout: { seconds: 10 as never },
        firstWorkflowTaskBackoff: { seconds: ((run.delayMs ?? 0) / 1_000) as never },
        attempt: 1,
      },
    },
  ]
  if (run.cancelRequested === true) {
    events.push({
      eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
      workflowExecutionCancelRequestedEventAttributes: {},
    })
  }
  for (let n = 1; n <= attempt; n++) {
    const scheduledEventId = (events.length + 1) as never
    events.push({
      eventType: EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
      workflowTaskScheduledEventAttributes: { taskQueue: { name: 'fake' }, attempt: n },
    })
    events.push({
      eventType: EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
      workflowTaskStartedEventAttributes: { scheduledEventId },
    })
    if (n < attempt)
      events.push({
        eventType: EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
        workflowTaskFailedEventAttributes: { scheduledEventId },
      })
  }
  if (isQuery) {
    const completed = { scheduledEventId: (events.length - 1) as never }
    events.push({
      eventType: EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
      workflowTaskCompletedEventAttributes: completed,
    })
    events.push({
      eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
      workflowExecutionFailedEventAttributes: {},
    })
  }
  const taskAt = new Date(start.getTime() + (run.taskAtMs ?? 0))
  return events.map((event, index) => ({
    ...event,
    eventId: (index + 1) as never,
    eventTime: at(index === 0 ? start : taskAt),
  }))
}

/** Lets a handler answer; what it throws becomes the call's status. */
async function answer(
  handle: Method['handle'],
  call: ServerUnaryCall<unknown, unknown>,
  callback: sendUnaryData<unknown>,
): Promise<void> {
  try {
    callback(null, await handle(call.request as never, call))
  } catch (error) {
    const code = error instanceof Refusal ? error.code : status.INTERNAL
    callback({ code, details: error instanceof Error ? error.message : String(error) })
  }
}

/** Starts a frontend on a free port. */
export async function startFakeFrontend(): Promise<FakeFrontend> {
  const tasks: Task[] = []
  const pollers: ((task: Task) => void)[] = []
  const done = new Map<string, (commands: Commands) => void>()
  const runs = new Map<string, FakeRun>()
  const said = new Map<string, number>()
  const answered = new Map<string, () => void>()

  function give(run: FakeRun, attempt: number, isQuery = false): void {
    const poller = pollers.shift()
    const task = { run, attempt, isQuery }
    if (poller === undefined) tasks.push(task)
    else poller(task)
  }

  /** The next task for a poll; none once its worker gives up. */
  const nextTask = (call: ServerUnaryCall<unknown, unknown>): Promise<Task | undefined> =>
    new Promise((resolve) => {
      pollers.push(resolve)
      call.on('cancelled', () => {
        const index = pollers.indexOf(resolve)
        if (index >= 0) pollers.splice(index, 1)
        resolve(undefined)
      })
    })

  /** What a poll that nothing came for is answered with once the worker gives up. */
  const idle = (call: ServerUnaryCall<unknown, unknown>): Promise<object> =>
    new Promise((resolve) => call.on('cancelled', () => resolve({})))

  const taskToken = (runId: string, attempt: number): Uint8Array =>
    Buffer.from(`${runId} ${attempt}`)
  const readToken = (token: Uint8Array): { run: FakeRun; attempt: number } => {
    const [runId, attempt] = Buffer.from(token).toString().split(' ')
    return { run: runs.get(runId!)!, attempt: Number(attempt) }
  }

  const handlers: Readonly<Record<string, Method['handle']>> = {
    GetSystemInfo: async () => ({ serverVersion: '1.32.0', capabilities: {} }),
    DescribeNamespace: async () => ({ namespaceInfo: { name: 'default' } }),
    ShutdownWorker: async () => ({}),
    PollActivityTaskQueue: async (_, call) => idle(call),
    PollNexusTaskQueue: async (_, call) => idle(call),
    PollWorkflowTaskQueue: async (
      request: temporal.api.workflowservice.v1.PollWorkflowTaskQueueRequest,
      call,
    ) => {
      if (request.taskQueue?.name !== 'fake') return idle(call)
      const task = tasks.shift() ?? (await nextTask(call))
      if (task === undefined) return {}
      const { run, attempt, isQuery = false } = task
      const events = historyOf(task)
      return {
        taskToken: taskToken(run.runId, attempt),
        workflowExecution: { workflowId: `w-${run.runId}`, runId: run.runId },
        workflowType: { name: run.type },
        workflowExecutionTaskQueue: { name: 'fake' },
        startedEventId: isQuery ? 0 : events.length,
        previousStartedEventId: isQuery ? events.length - 2 : 0,
        query: isQuery ? { queryType: '__stack_trace' } : null,
        attempt: 1,
        history: { events },
        scheduledTime: at(new Date()),
        startedTime: at(new Date()),
      }
    },
    RespondQueryTaskCompleted: async (
      request: temporal.api.workflowservice.v1.RespondQueryTaskCompletedRequest,
    ) => {
      const { run } = readToken(request.taskToken)
      answered.get(run.runId)?.()
      return {}
    },
    RespondWorkflowTaskFailed: async (
      request: temporal.api.workflowservice.v1.RespondWorkflowTaskFailedRequest,
    ) => {
      const { run, attempt } = readToken(request.taskToken)
      give(run, attempt + 1)
      return {}
    },
    RespondWorkflowTaskCompleted: async (
      request: temporal.api.workflowservice.v1.RespondWorkflowTaskCompletedRequest,
    ) => {
      const { run, attempt } = readToken(request.taskToken)
      const turn = said.get(run.runId) ?? 0
      said.set(run.runId, turn + 1)
      const verdict = run.verdicts?.[turn] ?? 'accept'
      if (verdict !== 'accept') {
        give(run, attempt + 1)
        throw verdict === 'NOT_FOUND'
          ? new Refusal(status.NOT_FOUND, 'Workflow task not found.')
          : new Refusal(status.INVALID_ARGUMENT, 'UnhandledCommand')
      }
      done.get(run.runId)?.(request.commands)
      return {}
    },
  }

  const server = new Server()
  const definition: Record<string, object> = {}
  const implementation: Record<
    string,
    (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void
  > = {}
  for (const [name, handle] of Object.entries(handlers)) {
    const Request = messages[`${name}Request` as 'GetSystemInfoRequest']
    const Response = messages[`${name}Response` as 'GetSystemInfoResponse']
    definition[name] = {
      path: `/temporal.api.workflowservice.v1.WorkflowService/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (message: object) => Buffer.from(Request.encode(message).finish()),
      requestDeserialize: (bytes: Buffer) => Request.decode(bytes),
      responseSerialize: (message: object) => Buffer.from(Response.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => Response.decode(bytes),
    }
    implementation[name] = (call, callback) => {
      void answer(handle, call, callback)
    }
  }
  server.addService(definition as never, implementation)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  return {
    address: `127.0.0.1:${port}`,
    execute(run) {
      runs.set(run.runId, run)
      return new Promise((resolve) => {
        done.set(run.runId, resolve)
        give(run, 1)
      })
    },
    queryFailed(run) {
      return new Promise((resolve) => {
        answered.set(run.runId, resolve)
        give(run, 1, true)
      })
    },
    stop: () => server.forceShutdown(),
  }
}
