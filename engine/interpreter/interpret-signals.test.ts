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
