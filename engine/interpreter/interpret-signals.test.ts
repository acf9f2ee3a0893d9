import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { playCase, testCases, type LanguageCase } from './testing/cases.ts'
import { signal } from './testing/play.ts'

const wait = (id: string, rest: JsonObject = {}): JsonObject => ({
  id,
  type: 'wait',
  wait_for: 'D',
  timeout: '4s',
  ...rest,
})
const onlyTwo = { condition: '{{ eq .signal.payload.n 2 }}' }
const sent = (at: number, ...payloads: readonly JsonValue[]) =>
  payloads.map((n, index) => ({ at: at + index, event: signal('D', { n }) }))

/** Two waits for one name: the first takes only n=2. The signals come at `at`, the waits at 10. */
const twoWaits = (at: number): Omit<LanguageCase, 'should'> => ({
  tasks: [
    { id: 'p', tool: 'slow', with: { ms: 10 }, on_success: { next: 'd' } },
    {
      id: 'd',
      type: 'parallel',
      strategy: 'best_effort',
      tasks: [wait('x', onlyTwo), wait('y')],
    },
  ],
  events: sent(at, 1, 2, 3),
})

describe('two waits for one signal', () => {
  testCases([
    {
      should: 'take live signals in the order of the waits',
      ...twoWaits(20),
      output: { x: { n: 2 }, y: { n: 3 } },
    },
    {
      should: 'take kept signals in the same order',
      ...twoWaits(1),
      output: { x: { n: 2 }, y: { n: 3 } },
    },
    {
      should: 'take kept and live signals in the same order',
      ...twoWaits(8),
      events: sent(9, 1, 2, 3),
      output: { x: { n: 2 }, y: { n: 3 } },
    },
    {
      should: 'leave a signal to the second wait where the first one has timed out',
      ...twoWaits(1),
      events: [...sent(1, 1), ...sent(4_100, 2)],
      tasks: [
        { id: 'p', tool: 'slow', with: { ms: 10 }, on_success: { next: 'd' } },
        {
          id: 'd',
          type: 'parallel',
          strategy: 'best_effort',
          tasks: [wait('x', onlyTwo), wait('y', { timeout: '9s' })],
        },
      ],
      output: { x: null, y: { n: 2 } },
    },
    {
      should: 'serve the next wait while the processor of the first one runs',
      tasks: [
        {
          id: 'd',
          type: 'parallel',
          tasks: [
            wait('x', {
              processor: { tool: 'slow', with: { ms: 50, value: '{{ .signal.payload.n }}' } },
              condition: '{{ eq .processor.output 3 }}',
            }),
            wait('y'),
          ],
        },
      ],
      events: sent(1, 1, 2, 3),
      output: { x: { n: 3 }, y: { n: 2 } },
    },
  ])

  it('Should keep the order of an older run: the wait that asks first takes the kept signal', () => {
    const { output } = playCase({ should: '', ...twoWaits(1), revision: 1 })
    expect(output).toEqual({ x: null, y: { n: 2 } })
  })
})

describe('kept signals', () => {
  it('Should be counted by name, and never be dropped', () => {
    const events = Array.from({ length: 1_200 }, (_, at) => ({
      at: 1,
      event: signal(at < 1_100 ? 'noise' : 'D', { n: at }),
    }))
    const { output, view } = playCase({
      should: '',
      tasks: [{ id: 'p', tool: 'slow', with: { ms: 10 }, on_success: { next: 'w' } }, wait('w')],
      events,
    })
    expect(output).toEqual({ n: 1_100 })
    expect(view.pending_by_name).toEqual({ noise: 1_100, D: 99 })
    expect(view.pending_signal_bytes).toBeGreaterThan(1_199 * 7)
  })
})

describe('a run that signals itself', () => {
  const send = (rest: JsonObject = {}): JsonObject => ({
    id: 's',
    type: 'signal',
    exec_id: '{{ .workflow.exec_id }}',
    signal: { id: 'D', payload: { n: 1 } },
    ...rest,
  })
  const both = [{ id: 'd', type: 'parallel', tasks: [wait('w'), send()] }]
  const sentBy = ({ commands }: ReturnType<typeof playCase>): readonly string[] =>
    commands.flatMap((each) => (each.type === 'signal_run' ? [each.execId] : []))

  it('Should hand the signal to the wait beside the task, and ask nobody', () => {
    const run = playCase({ should: '', tasks: both })
    expect(run.output).toEqual({ w: { n: 1 }, s: { delivered: 1, exec_ids: ['run-1'] } })
    expect(sentBy(run)).toEqual([])
  })

  it('Should keep the signal for a wait that comes later, over a hop', () => {
    const tasks = [
      send({ on_success: { next: 'p' } }),
      { id: 'p', type: 'pause', duration: '5s', on_success: { next: 'w' } },
      wait('w'),
    ]
    const run = playCase({ should: '', tasks, isLong: (step) => step > 1 })
    expect(run.output).toEqual({ n: 1 })
    expect(sentBy(run)).toEqual([])
  })

  it('Should send a signal for another run, and one of a run that an older engine began', () => {
    const other = playCase({ should: '', tasks: [send({ exec_id: 'other' })] })
    expect(sentBy(other)).toEqual(['other'])
    expect(sentBy(playCase({ should: '', tasks: both, revision: 7 }))).toEqual(['run-1'])
  })

  it.each([
    ['signals', 1_000, 1],
    ['bytes', 1, 990_000],
  ])('Should fail where the run keeps the most %s', (_, count, length) => {
    const events = Array.from({ length: count }, () => ({
      at: 1,
      event: signal('D', 'x'.repeat(length)),
    }))
    const tasks = [
      { id: 'p', tool: 'slow', with: { ms: 10 }, on_success: { next: 's' } },
      send({ signal: { id: 'D', payload: 'x'.repeat(length) }, retries: 2 }),
    ]
    const run = playCase({ should: '', tasks, events })
    expect(run.error).toMatchObject({ type: 'LimitExceeded', task: 's' })
    expect(run.error!.message).toContain('run run-1 keeps as many signals "D" as it may')
    expect(run.observations).toContainEqual({ type: 'limit_exceeded', limit: 'kept_signals' })
    const fewer = playCase({ should: '', tasks, events: events.slice(1) })
    expect(fewer.output).toEqual({ delivered: 1, exec_ids: ['run-1'] })
  })

  it('Should take the signal that a task waits for, whatever else the run keeps', () => {
    const events = [{ at: 1, event: signal('other', 'x'.repeat(1_000_000)) }]
    const later = { id: 'l', tool: 'slow', with: { ms: 10 }, on_success: { next: 's' } }
    const tasks = [
      {
        id: 'd',
        type: 'parallel',
        tasks: [wait('w'), { id: 'c', type: 'composite', tasks: [later, send()] }],
      },
    ]
    const run = playCase({ should: '', tasks, events })
    expect(run.output).toMatchObject({ w: { n: 1 } })
  })
})
