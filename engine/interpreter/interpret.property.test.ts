import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defined } from '../core/defined.ts'
import { isJsonObject } from '../core/json.ts'
import { createRun } from './interpret.ts'
import { compileTest } from './testing/compile.ts'
import { failures, leaves, workflowOf, workflows, type ModelWorkflow } from './testing/model.ts'
import { play, signal, type PlayedRun, type World } from './testing/play.ts'
import { workflowMeaning, type WorkflowMeaning } from './testing/reference.ts'

/** What a run came to, as the reference says it. */
function meaning({ output, error, view, observations }: PlayedRun): WorkflowMeaning {
  const ends = observations.filter(({ type }) => type === 'task_ended').length
  const statuses = Object.fromEntries(
    Object.entries(view.tasks).map(([id, { status }]) => [id, status]),
  )
  return defined({
    output,
    error: error?.type,
    statuses,
    ends,
  })
}

/** More signals than the waits of any model take. */
const plenty = Array.from({ length: 400 }, () => signal('plenty', 7))

const answerTo: NonNullable<World['answer']> = (command) => {
  if (command.type === 'publish_event') return { value: leaves.publish.output }
  if (command.type !== 'start_child') return {}
  const { input, wait } = command
  if (isJsonObject(input) && input['fails'] === true)
    return { error: { type: failures.child.error, message: 'the child failed' } }
  return { value: wait ? leaves.child.output : null }
}

/** A world in which tools take their time and whoever is ready first is anybody's guess. */
function unruly(seed: readonly number[]): World {
  let at = 0
  const draw = (count: number): number => (seed[at++ % seed.length] ?? 0) % count
  return {
    tools: {
      echo: (input) => ({ after: draw(4), value: input }),
      fail: () => ({ after: draw(4), error: { type: 'ToolError:Boom', message: 'it broke' } }),
    },
    answer: (command) => ({ after: draw(4), ...answerTo(command) }),
    firstEvents: plenty,
    choose: draw,
  }
}

function playModel(model: ModelWorkflow, world: World): PlayedRun {
  return play(compileTest(workflowOf(model)), world)
}

const seeds = fc.array(fc.nat(99), { minLength: 1, maxLength: 40 })

/** The attempts of all tool calls: no call is lost, and none is made twice. */
function keysOf({ commands }: PlayedRun): readonly string[] {
  const keys = commands.flatMap((command) =>
    command.type === 'call_tool' ? [`${command.idempotencyKey} ${command.attempt}`] : [],
  )
  return keys.toSorted()
}

describe('any workflow', () => {
  it('Should come to what its meaning says, in whatever order its tools end', () => {
    fc.assert(
      fc.property(workflows, seeds, (model, seed) => {
        expect(meaning(playModel(model, unruly(seed)))).toEqual(workflowMeaning(model))
      }),
      { numRuns: 300 },
    )
  })

  it('Should come to the same however often it continues as new', () => {
    fc.assert(
      fc.property(
        workflows,
        seeds,
        fc.array(fc.boolean(), { minLength: 1 }),
        (model, seed, long) => {
          const isLong = (step: number): boolean => long[step % long.length]!
          expect(meaning(playModel(model, { ...unruly(seed), isLong }))).toEqual(
            workflowMeaning(model),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('Should come to the same wherever it continues as new', () => {
    fc.assert(
      fc.property(workflows, seeds, (model, seed) => {
        const whole = playModel(model, unruly(seed))
        const steps = whole.runs[0]!.steps.length
        for (let at = 2; at <= steps; at++) {
          const isLong = (step: number, run: number) => run === 0 && step >= at && 'due'
          const hopped = playModel(model, { ...unruly(seed), isLong })
          expect(meaning(hopped)).toEqual(workflowMeaning(model))
          expect(keysOf(hopped)).toEqual(keysOf(whole))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('Should give the same commands again for the same events', () => {
    fc.assert(
      fc.property(workflows, seeds, fc.option(fc.nat(6)), (model, seed, cancelAt) => {
        const cancel = { at: cancelAt ?? 0, event: { type: 'cancel_requested' } as const }
        const events = cancelAt === null ? [] : [cancel]
        const { runs } = playModel(model, { ...unruly(seed), events })
        for (const { start, startedAt, steps } of runs) {
          const again = createRun(start, {
            execId: 'run-1',
            startedAt,
            uuid: () => '',
            revision: 2,
          })
          for (const step of steps)
            expect(again.step(step.events, step.now, step.history)).toEqual(step.commands)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('Should leave nothing open when it is canceled at any time', () => {
    fc.assert(
      fc.property(workflows, seeds, fc.nat(8), (model, seed, at) => {
        const events = [{ at, event: { type: 'cancel_requested' } as const }]
        const { commands, runs, view } = playModel(model, { ...unruly(seed), events })
        const asked = new Set(
          commands.flatMap((command) =>
            'seq' in command && command.type !== 'cancel' ? [command.seq] : [],
          ),
        )
        const answered = runs.flatMap(({ steps }) => steps.flatMap((step) => step.events))
        for (const event of answered) if ('seq' in event) asked.delete(event.seq)
        const canceled = commands.flatMap((command) =>
          command.type === 'cancel' ? [command.seq] : [],
        )
        const unasked = canceled.filter((seq) => !asked.delete(seq))
        expect({ open: [...asked], unasked }).toEqual({ open: [], unasked: [] })
        expect(JSON.stringify(view)).not.toContain('"running"')
        const last = commands.at(-1)!.type
        expect(['complete', 'fail', 'canceled']).toContain(last)
      }),
      { numRuns: 200 },
    )
  })
})
