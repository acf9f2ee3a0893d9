import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { HistoryLength } from '../definition/history-length.ts'
import { compileTest } from './testing/compile.ts'
import { play, signal, type PlayedRun, type World } from './testing/play.ts'

const waits = 4

/** A wait that gives what it took, and that its processor ran for it. */
const wait = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: 'wait',
  wait_for: 'go',
  timeout: '1h',
  ...more,
})
const processor = { tool: 'slow', with: { ms: 4, value: '{{ .signal.payload }}' } }

/** Containers of waits for one signal each; each gives the list of what they took, in any order. */
const holders: Readonly<Record<string, JsonObject>> = {
  'a collection': { type: 'collection', items: [0, 1, 2, 3], task: wait('w') },
  'a collection in turn': {
    type: 'collection',
    items: [0, 1, 2, 3],
    task: wait('w'),
    mode: 'sequential',
  },
  'a collection of two at a time': {
    type: 'collection',
    items: [0, 1, 2, 3],
    task: wait('w'),
    max_workers: 2,
  },
  'a collection whose waits process': {
    type: 'collection',
    items: [0, 1, 2, 3],
    task: wait('w', { processor, outputs: '{{ .processor.output }}' }),
  },
  'a parallel': {
    type: 'parallel',
    tasks: [wait('a'), wait('b', { processor }), wait('c'), wait('d')],
    outputs: '{{ list .output.a .output.b .output.c .output.d }}',
  },
  'a composite': {
    type: 'composite',
    tasks: [
      wait('a'),
      { id: 'p', type: 'pause', duration: '3ms' },
      wait('b'),
      wait('c', { processor }),
      wait('d'),
    ],
    outputs: '{{ list .output.a .output.b .output.c .output.d }}',
  },
}

/** The waits beside calls that make the history grow, and a wait at the end. */
const around = (holder: JsonObject) =>
  compileTest({
    tasks: [
      {
        id: 'all',
        type: 'parallel',
        tasks: [
          { id: 'gates', ...holder },
          {
            id: 'calls',
            type: 'collection',
            items: [1, 2, 3, 4, 5, 6],
            max_workers: 2,
            task: { id: 'call', tool: 'slow', with: { ms: 3, value: '{{ .item }}' } },
          },
        ],
        on_success: { next: 'last' },
      },
      wait('last', { on_success: { next: 'rest' } }),
      { id: 'rest', type: 'pause', duration: '50ms', on_success: { next: 'end' } },
      {
        id: 'end',
        type: 'aggregate',
        outputs: { got: '{{ .tasks.all.output.gates }}', last: '{{ .tasks.last.output }}' },
      },
    ],
  })

const lengths: readonly HistoryLength[] = ['short', 'long', 'due']
const moments = fc.array(fc.nat(20), { minLength: waits + 1, maxLength: waits + 4 })
const bits = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })
const hops = fc.array(fc.constantFrom(...lengths), { minLength: 1, maxLength: 30 })

/** Signals 0, 1, 2, … at these moments, in this order. */
const signalsAt = (times: readonly number[]) =>
  times.toSorted((a, b) => a - b).map((at, n) => ({ at, event: signal('go', n) }))

/** A world that hops and brings events together as two cycles say. */
function hostile(long: readonly HistoryLength[], together: readonly boolean[]): World {
  let asked = 0
  return {
    isLong: (step) => long[step % long.length]!,
    together: () => together[asked++ % together.length]!,
  }
}

function playSignals(holder: JsonObject, times: readonly number[], world: World): PlayedRun {
  return play(around(holder), { ...world, events: [...signalsAt(times), ...(world.events ?? [])] })
}

describe('signals to a run that continues as new', () => {
  it.each(Object.entries(holders))(
    'Should be taken once each, none lost, whenever they come: %s',
    (name, holder) => {
      let hopped = 0
      fc.assert(
        fc.property(moments, hops, bits, (times, long, together) => {
          const run = playSignals(holder, times, hostile(long, together))
          hopped += run.hops
          const { got, last } = run.output as { got: number[]; last: number }
          const all = times.map((_, n) => n)
          expect([...got, last].toSorted((a, b) => a - b)).toEqual(all.slice(0, waits + 1))
          expect(last).toBe(waits)
          expect(run.view.pending_signals).toBe(times.length - waits - 1)
          // Whoever began to wait first has the first signal.
          const inOrder =
            name === 'a collection whose waits process' ? got.toSorted((a, b) => a - b) : got
          expect(inOrder).toEqual(all.slice(0, waits))
          expect(run.called.filter((id) => id.includes('call'))).toHaveLength(6)
        }),
        { numRuns: 40 },
      )
      expect(hopped).toBeGreaterThan(40)
    },
  )

  it.each(Object.entries(holders))(
    'Should end the run where a cancellation comes with them, and start nothing more: %s',
    (_, holder) => {
      fc.assert(
        fc.property(moments, hops, bits, fc.nat(20), (times, long, together, at) => {
          const cancel = { at, event: { type: 'cancel_requested' } as const }
          const run = playSignals(holder, times, { ...hostile(long, together), events: [cancel] })
          const last = run.commands.at(-1)!
          expect(['canceled', 'complete']).toContain(run.type)
          expect(last.type).toBe(run.type)
          const closes = run.commands.filter(({ type }) =>
            ['complete', 'fail', 'canceled'].includes(type),
          )
          expect(closes).toHaveLength(1)
          expect(run.view.waiting_for).toEqual([])
        }),
        { numRuns: 40 },
      )
    },
  )
})

/** How a child run ends, and when. */
const childEnds = fc.array(
  fc.record({
    after: fc.nat(12),
    ends: fc.constantFrom('completed', 'failed', 'canceled', 'terminated', 'timed out'),
  }),
  { minLength: 3, maxLength: 6 },
)

const withChildren = compileTest({
  tasks: [
    {
      id: 'all',
      type: 'parallel',
      tasks: [
        {
          id: 'kids',
          type: 'collection',
          strategy: 'best_effort',
          items: [0, 1, 2],
          task: { id: 'kid', type: 'workflow', workflow: 'child', retries: 1 },
          outputs: { got: '{{ .output }}', errors: '{{ pluck "message" .tasks.kids.errors }}' },
        },
        {
          id: 'calls',
          type: 'collection',
          items: [1, 2, 3, 4, 5, 6],
          max_workers: 2,
          task: { id: 'call', tool: 'slow', with: { ms: 3, value: '{{ .item }}' } },
        },
      ],
    },
  ],
})

describe('child runs of a run that continues as new', () => {
  type ChildEnds = readonly { readonly after: number; readonly ends: string }[]

  /** Children by the order of their ids: the end of each is its own, whenever it is started. */
  function playChildren(ends: ChildEnds, world: World): PlayedRun {
    return play(withChildren, {
      ...world,
      answer(command) {
        if (command.type !== 'start_child') return { value: null }
        const [, item, attempt = '1'] = /-(\d)(?:~1~(\d))?$/.exec(command.execId)!
        const { after, ends: how } = ends[(Number(item) * 2 + Number(attempt) - 1) % ends.length]!
        if (how === 'completed') return { after, value: { exec_id: command.execId, output: how } }
        return { after, error: { type: 'ChildFailed', message: `it was ${how}` } }
      },
    })
  }

  const childrenOf = (run: PlayedRun): string[] =>
    run.commands.flatMap((command) => (command.type === 'start_child' ? [command.execId] : []))

  it('Should be started once for each attempt, and their ends reach it, however it hops', () => {
    let hopped = 0
    fc.assert(
      fc.property(childEnds, hops, bits, (ends, long, together) => {
        const whole = playChildren(ends, {})
        const run = playChildren(ends, hostile(long, together))
        hopped += run.hops
        expect(run.output).toEqual(whole.output)
        const started = childrenOf(run)
        expect(started.toSorted()).toEqual(childrenOf(whole).toSorted())
        expect(new Set(started).size).toBe(started.length)
        expect(run.called.toSorted()).toEqual(whole.called.toSorted())
      }),
      { numRuns: 150 },
    )
    expect(hopped).toBeGreaterThan(50)
  })

  it('Should never be left behind open by a hop, and end with a run that is canceled', () => {
    fc.assert(
      fc.property(childEnds, hops, bits, fc.nat(15), (ends, long, together, at) => {
        const cancel = { at, event: { type: 'cancel_requested' } as const }
        const run = playChildren(ends, { ...hostile(long, together), events: [cancel] })
        for (const { steps } of run.runs) {
          const open = new Set<number>()
          for (const { events, commands } of steps) {
            for (const event of events) if ('seq' in event) open.delete(event.seq)
            for (const command of commands) {
              if (command.type === 'start_child') open.add(command.seq)
              if (command.type === 'cancel') open.delete(command.seq)
            }
          }
          expect(open.size).toBe(0)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('a run that wants to continue as new while something takes long', () => {
  const hour = 3_600_000
  const calls = (from: number): JsonObject => ({
    id: `calls-${from}`,
    type: 'collection',
    items: [1, 2, 3],
    mode: 'sequential',
    task: { id: 'call', tool: 'slow', with: { ms: 5, value: '{{ .item }}' } },
  })
  const beside = (task: JsonObject, more: JsonObject[] = []) =>
    compileTest({
      tasks: [
        {
          id: 'all',
          type: 'parallel',
          tasks: [task, calls(0), ...more],
          on_success: { next: 'end' },
        },
        { id: 'end', tool: 'echo', on_success: { next: 'last' } },
        { id: 'last', tool: 'echo', with: { ended: true } },
      ],
    })
  const child = { id: 'kid', type: 'workflow', workflow: 'child' }
  const long = { id: 'long', tool: 'slow', with: { ms: hour } }
  const answer: World['answer'] = () => ({ after: hour, value: { exec_id: 'c', output: 1 } })
  const always: World = { isLong: (step) => (step > 1 ? 'due' : 'short'), answer }
  /** When each tool call was made, ms from the start of the run. */
  const callTimes = (run: PlayedRun): number[] =>
    run.runs.flatMap(({ steps }) =>
      steps.flatMap(({ now, commands }) =>
        commands.flatMap((command) =>
          command.type === 'call_tool' ? [now - run.runs[0]!.startedAt] : [],
        ),
      ),
    )

  it.each([
    ['a child run', child],
    ['a tool call', long],
  ])('Should make its other calls after a minute, and hop when it has ended: %s', (_, task) => {
    const run = play(beside(task), always)
    expect(run).toMatchObject({ type: 'complete', output: { ended: true }, took: hour })
    const late = callTimes(run).filter((at) => at > 60_100)
    // Only the last tasks, once all have ended.
    expect(late).toEqual([hour, hour])
    expect(run.hops).toBe(1)
  })

  it('Should wait for it as long as it takes by the rules of an older revision', () => {
    const run = play(beside(child), { ...always, revision: 4 })
    expect(run).toMatchObject({ type: 'complete', took: hour + 10 })
    expect(callTimes(run).filter((at) => at > 60_100).length).toBeGreaterThan(1)
  })

  it('Should wait for it as long as it takes once its history is full', () => {
    const run = play(beside(child), { ...always, isLong: (step) => (step > 1 ? 'full' : 'short') })
    expect(run.type).toBe('complete')
    expect(callTimes(run).filter((at) => at > 60_100).length).toBeGreaterThan(1)
  })

  it('Should not wait again for what it has waited for, and wait for what comes later', () => {
    const later = {
      id: 'later',
      type: 'composite',
      tasks: [{ id: 'p', type: 'pause', duration: '10m' }, calls(1)],
    }
    const run = play(beside(long, [later]), always)
    expect(run).toMatchObject({ type: 'complete', took: hour })
    expect(callTimes(run).filter((at) => at > 600_100)).toEqual([hour, hour])
  })
})
