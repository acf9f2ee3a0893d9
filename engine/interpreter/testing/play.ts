import { defined } from '../../core/defined.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { TaskKinds } from '../../kinds/kind.ts'
import { createRun } from '../interpret.ts'
import type { RunStart, Trigger, WorkflowIr } from '../../definition/workflow-ir.ts'
import type { LimitName, Observation } from '../../core/observation.ts'
import type { HistoryLength } from '../../definition/history-length.ts'
import type {
  Command,
  InterpreterRevision,
  Run,
  RunEvent,
  RunView,
} from '../../definition/run-protocol.ts'

type ToolCallCommand = Extract<Command, { type: 'call_tool' }>
type AnsweredCommand = Exclude<Extract<Command, { seq: number }>, { type: 'cancel' }>

/** What the world answers, and after how long on the test's clock. */
interface ToolReply {
  readonly after?: number
  readonly value?: JsonValue
  readonly error?: TaskError
  readonly limit?: LimitName
}

/** The world outside a run. */
export interface World {
  readonly input?: JsonValue
  readonly trigger?: Trigger
  readonly execId?: string
  /** Kinds that its tasks may have. Default: the standard ones. */
  readonly kinds?: TaskKinds
  /** Tools by id, on top of {@link standardTools}. */
  readonly tools?: Readonly<Record<string, (input: JsonObject, call: ToolCallCommand) => ToolReply>>
  /** Answers commands that are no tool call and no timer. */
  readonly answer?: (command: AnsweredCommand) => ToolReply
  /** Events from outside that come before the run takes its first step. */
  readonly firstEvents?: readonly RunEvent[]
  /** Events from outside, by the test's clock. */
  readonly events?: readonly { readonly at: number; readonly event: RunEvent }[]
  /**
   * Which of several things that happen at the same time comes first: a number in [0, count).
   * Default: the oldest.
   */
  readonly choose?: (count: number) => number
  /** Whether the history is long at the nth step (from 1), in the nth run of the chain (from 0). */
  readonly isLong?: (step: number, run: number) => boolean | HistoryLength
  /**
   * Whether what happens at the same time comes in one step, as Temporal brings it. After a hop,
   * what is due then comes with the start of the next run. Default: one step for each.
   */
  readonly together?: () => boolean
  /** By which rules the run is interpreted; the newest when absent. */
  readonly revision?: InterpreterRevision
}

/** One step of a run, to be played again. */
interface PlayedStep {
  readonly events: readonly RunEvent[]
  readonly now: number
  readonly history: HistoryLength
  readonly commands: readonly Command[]
}

/** What came of a run. */
export interface PlayedRun {
  readonly output?: JsonValue
  readonly error?: TaskError
  readonly type: 'complete' | 'fail' | 'canceled' | 'stuck'
  readonly commands: readonly Command[]
  readonly observations: readonly Observation[]
  /** `task_id` of each tool call, in the order of the calls. */
  readonly called: readonly string[]
  /** `task_id` of the tool calls that were taken back. */
  readonly killed: readonly string[]
  /** Milliseconds on the test's clock. */
  readonly took: number
  /** How often the run continued as new. */
  readonly hops: number
  readonly view: RunView
  /** For each run of the chain, its start and its steps. */
  readonly runs: readonly {
    readonly start: RunStart
    readonly startedAt: number
    readonly steps: readonly PlayedStep[]
  }[]
}

const lengths = ['short', 'long'] as const

const epoch = Date.parse('2026-01-31T10:00:00.000Z')

/** A signal as an event. */
export function signal(id: string, payload: JsonValue = null): RunEvent {
  return { type: 'signal', id, payload, receivedAt: epoch }
}

/** Tools that every played run has. */
const standardTools: NonNullable<World['tools']> = {
  /** Gives its input. */
  echo: (input) => ({ value: input }),
  /** Gives `value` after `ms`. */
  slow: ({ ms, value = null }) => ({ after: ms as number, value: value! }),
  /** Fails with `type`, after `ms`. */
  fail: ({ type = 'ToolError:Boom', ms = 0 }) => ({
    after: ms as number,
    error: { type: type as TaskError['type'], message: 'it broke' },
  }),
  /** Fails `failures` times, then gives the number of the attempt. */
  flaky: ({ failures, type = 'ToolError:Flaky' }, { attempt }) =>
    attempt <= (failures as number)
      ? { error: { type: type as TaskError['type'], message: `attempt ${attempt}` } }
      : { value: attempt },
}

function counter(): () => string {
  let next = 0
  return () => `00000000-0000-4000-8000-${String(++next).padStart(12, '0')}`
}

/**
 * Plays a run against a world with a clock of its own until it ends, or until nothing more can
 * happen.
 */
export function play(definition: WorkflowIr, world: World = {}): PlayedRun {
  const { input = {}, trigger = { type: 'api' }, execId = 'run-1', choose = () => 0 } = world
  const { revision = 8, together = () => false } = world
  const tools = { ...standardTools, ...world.tools }
  const due: { at: number; event: RunEvent; seq?: number }[] = (world.events ?? []).map(
    ({ at, event }) => ({
      at: epoch + at,
      event,
    }),
  )
  const calls = new Map<number, string>()
  const commands: Command[] = []
  const killed: string[] = []
  const runs: { start: RunStart; startedAt: number; steps: PlayedStep[] }[] = []
  let now = epoch
  let steps = 0
  let run!: Run

  const startRun = (start: RunStart): void => {
    const stored = JSON.parse(JSON.stringify(start)) as RunStart
    run = createRun(stored, { execId, startedAt: now, uuid: counter(), revision }, world.kinds)
    runs.push({ start: stored, startedAt: now, steps: [] })
  }

  const replyTo = (command: AnsweredCommand): ToolReply => {
    if (command.type === 'start_timer') return { after: command.ms }
    if (command.type === 'call_tool') {
      calls.set(command.seq, command.taskId)
      return tools[command.tool]!(command.input as JsonObject, command)
    }
    return world.answer?.(command) ?? { value: null }
  }

  const schedule = (command: AnsweredCommand): void => {
    const { after = 0, value = null, error, limit } = replyTo(command)
    const { seq } = command
    const event: RunEvent = error
      ? { type: 'rejected', seq, error, limit }
      : { type: 'resolved', seq, value }
    due.push({ at: now + after, event, seq })
  }

  const step = (events: readonly RunEvent[]): Command | undefined => {
    const isLong = world.isLong?.(++steps, runs.length - 1) ?? false
    const history = typeof isLong === 'string' ? isLong : lengths[Number(isLong)]!
    const given = run.step(events, now, history)
    runs.at(-1)!.steps.push({ events, now, history, commands: given })
    for (const command of given) {
      commands.push(command)
      if (command.type === 'cancel') {
        const at = due.findIndex(({ seq }) => seq === command.seq)
        if (at >= 0) due.splice(at, 1)
        if (calls.has(command.seq)) killed.push(calls.get(command.seq)!)
      } else if ('seq' in command) schedule(command)
    }
    const last = given.at(-1)
    return last !== undefined &&
      ['complete', 'fail', 'canceled', 'continue_as_new'].includes(last.type)
      ? last
      : undefined
  }

  const take = (events: readonly (typeof due)[number][]): readonly RunEvent[] => {
    for (const taken of events) due.splice(due.indexOf(taken), 1)
    return events.map(({ event }) => event)
  }

  const next = (): readonly RunEvent[] => {
    const earliest = Math.min(...due.map(({ at }) => at))
    const first = due.filter(({ at }) => at === earliest)
    now = Math.max(now, earliest)
    if (together()) return take(first)
    return take([first[choose(first.length)]!])
  }

  const start: RunStart = { definition, sha256: '', input, trigger }
  startRun(start)
  let last = step([{ type: 'started' }, ...(world.firstEvents ?? [])])
  for (;;) {
    if (last?.type === 'continue_as_new') {
      calls.clear()
      // Timers end with their run. No other command may be open then.
      due.splice(0, due.length, ...due.filter(({ seq }) => seq === undefined))
      startRun({ ...start, carried: last.carried })
      const early = together() ? take(due.filter(({ at }) => at <= now)) : []
      last = step([{ type: 'started' }, ...early])
    } else if (last === undefined && due.length > 0) last = step(next())
    else break
  }
  return defined({
    type: last === undefined ? 'stuck' : (last.type as PlayedRun['type']),
    output: last?.type === 'complete' ? last.output : undefined,
    error: last?.type === 'fail' ? last.error : undefined,
    commands,
    observations: commands.flatMap((command) =>
      command.type === 'observe' ? [command.observation] : [],
    ),
    called: commands.flatMap((command) => (command.type === 'call_tool' ? [command.taskId] : [])),
    killed,
    took: now - epoch,
    hops: runs.length - 1,
    view: run.view(),
    runs,
  })
}
