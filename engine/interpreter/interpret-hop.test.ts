import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../core/json.ts'
import type { HistoryLength } from '../definition/history-length.ts'
import type { Command, TaskView } from '../definition/run-protocol.ts'
import type { WorkflowIr } from '../definition/workflow-ir.ts'
import { standardKinds } from '../kinds/index.ts'
import { compileTest } from './testing/compile.ts'
import { play, type PlayedRun, type World } from './testing/play.ts'
import { containerKinds, containers, echo, instantWorld, specimens } from './testing/specimens.ts'

/** A workflow around one task, whose end is seen whatever it is. */
function workflowAround(task: JsonObject): WorkflowIr {
  const next = { next: 'last', with: { error: '{{ .tasks.c.error }}' } }
  return compileTest({
    config: { max_tasks: 20 },
    tasks: [
      { id: 'first', tool: 'echo', on_success: { next: 'c' } },
      { ...task, on_success: next, on_error: next },
      { id: 'last', tool: 'echo', with: { c: '{{ .tasks.c.output }}' } },
    ],
  })
}

/** A task without the outputs below an ended container: no later task reads them. */
function shown({ tasks, ...task }: TaskView, isBelowEnded = false): JsonValue {
  const isEnded = isBelowEnded || task.status !== 'running'
  const below = Object.entries(tasks ?? {}).map(([id, child]) => [id, shown(child, isEnded)])
  const kept = { ...task, tasks: Object.fromEntries(below) as JsonObject }
  return isBelowEnded ? { ...kept, output: null } : kept
}

/**
 * Commands that have an order: those of one task at `depth`, because tasks side by side have none.
 * Undefined for what nobody outside the run sees.
 */
function laneOf(command: Command, depth: number): string | undefined {
  switch (command.type) {
    case 'call_tool':
      return command.taskId.split('/').slice(0, depth).join('/')
    case 'start_child':
      return command.execId
    case 'publish_event':
      return command.idempotencyKey
    case 'signal_run':
      return JSON.stringify(command.payload)
    default:
      return undefined
  }
}

/** All that a run's user, its tools, other runs and monitoring see of it. */
function seen(run: PlayedRun, depth: number) {
  const { type, output, error, took, view, observations, commands } = run
  const sent: Record<string, string[]> = {}
  for (const command of commands) {
    const lane = laneOf(command, depth)
    if (lane !== undefined) (sent[lane] ??= []).push(JSON.stringify({ ...command, seq: 0 }))
  }
  const observed = observations.map((observation) => JSON.stringify(observation)).toSorted()
  const tasks = Object.values(view.tasks).map((task) => shown(task))
  return { type, output, error, took, view: { ...view, tasks }, sent, observed }
}

function playAround(definition: WorkflowIr, world: World = {}, cancelAt?: number): PlayedRun {
  const { events = [] } = instantWorld
  const cancel = { type: 'cancel_requested' } as const
  return play(definition, {
    ...instantWorld,
    ...world,
    events: cancelAt === undefined ? events : [{ at: cancelAt, event: cancel }, ...events],
  })
}

/** As `toEqual`, which takes ten times as long. */
function expectSame(hopped: object, expected: object, where: string): void {
  if (!isDeepStrictEqual(hopped, expected)) expect(hopped, where).toEqual(expected)
}

/** A way for a run to continue as new: how long its history is at each step of each run. */
type IsLong = NonNullable<World['isLong']>

/** Compares a run with the same run without hops. Returns how often it continued as new. */
function compareHops(
  definition: WorkflowIr,
  ways: readonly (readonly [string, IsLong])[],
  whole: PlayedRun,
  { depth, cancelAt }: { readonly depth: number; readonly cancelAt?: number | undefined },
): number {
  let hops = 0
  const expected = seen(whole, depth)
  for (const [where, isLong] of ways) {
    const hopped = playAround(definition, { isLong }, cancelAt)
    expectSame(seen(hopped, depth), expected, where)
    hops += hopped.hops
  }
  return hops
}

const always: readonly [string, IsLong] = ['at every step', () => 'due']

/** One hop, at each step of the first run in turn. Only children that run make `long` differ. */
function onceAnywhere(whole: PlayedRun): (readonly [string, IsLong])[] {
  const hasChildren = whole.commands.some(({ type }) => type === 'start_child')
  const lengths: readonly HistoryLength[] = hasChildren ? ['due', 'long'] : ['due']
  return whole.runs[0]!.steps.slice(1).flatMap((_, index) =>
    lengths.map((length) => {
      const isLong: IsLong = (step, run) => (run === 0 && step >= index + 2 ? length : 'short')
      return [`${length} from step ${index + 2}`, isLong] as const
    }),
  )
}

/** Each run has so many steps before its history is long, and stays long: no history shrinks. */
function longAfter(steps: readonly number[]): IsLong {
  let current = 0
  let first = 1
  return (step, run) => {
    if (run !== current) [current, first] = [run, step]
    return step - first < steps[run % steps.length]! ? 'short' : 'due'
  }
}

const pairs = Object.entries(containers).flatMap(([container, ways]) =>
  Object.entries(specimens).map(([kind, all]) => ({ container, kind, ways, all })),
)

const anySpecimen = fc.constantFrom(
  ...Object.values(specimens).flatMap((all) => Object.values(all)),
)
const anyWrap = fc.constantFrom(...Object.values(containers).flatMap((ways) => Object.values(ways)))

/** Containers whose children do not decide by who ends first, which a hop may change. */
const steadyWrap = anyWrap.filter(
  (wrap) => !['fail_fast', 'race'].includes(wrap('c', echo)['strategy'] as string),
)

/** Any container, in any of its ways, around any task, with a container between them or not. */
const nested = fc
  .tuple(steadyWrap, fc.option(anyWrap), anySpecimen)
  .map(([outer, inner, specimen]) => {
    if (inner === null) return outer('c', specimen)
    const innermost = (outerLate: number) => (id: string, late: number) =>
      specimen(id, 3 * outerLate + late)
    return outer('c', (id, late) => inner(id, innermost(late)))
  })

describe('a run that continues as new', () => {
  it('Should be tried with every kind of task, and in every kind that holds tasks', () => {
    expect(Object.keys(specimens).toSorted()).toEqual(standardKinds.names.toSorted())
    expect(Object.keys(containers).toSorted()).toEqual(containerKinds(standardKinds).toSorted())
  })

  it.each(pairs)(
    'Should do the same with $kind in $container, hopping anywhere',
    ({ ways, all }) => {
      let hops = 0
      for (const [at, [way, wrap]] of Object.entries(ways).entries())
        for (const [does, specimen] of Object.entries(all)) {
          const definition = workflowAround(wrap('c', specimen))
          const whole = playAround(definition)
          try {
            const hopWays = at === 0 ? [always, ...onceAnywhere(whole)] : [always]
            hops += compareHops(definition, hopWays, whole, { depth: 2 })
          } catch (error) {
            throw new Error(`${way}, ${does}`, { cause: error })
          }
        }
      expect(hops).toBeGreaterThan(0)
    },
  )

  it('Should end the same when it is canceled at any time, however its tasks nest', () => {
    const shortSteps = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 })
    let hops = 0
    fc.assert(
      fc.property(nested, shortSteps, fc.option(fc.nat(150)), (task, steps, at) => {
        const definition = workflowAround(task)
        const isLong = longAfter(steps)
        const cancelAt = at ?? undefined
        const whole = playAround(definition, {}, cancelAt)
        hops += compareHops(definition, [['here', isLong]], whole, { depth: Infinity, cancelAt })
      }),
      { numRuns: 150 },
    )
    expect(hops).toBeGreaterThan(100)
  })
})
