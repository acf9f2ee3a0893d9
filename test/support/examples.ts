import type { JsonValue } from '../../engine/core/json.ts'

/** What one example is run with, and what must come out. */
export interface ExampleRun {
  readonly example: string
  readonly workflow: string
  readonly input: JsonValue
  readonly output: JsonValue
  /** Signals sent while the run waits: once the task runs, its name and payload. */
  readonly signals?: readonly {
    readonly whileRunning: string
    readonly name: string
    readonly payload: JsonValue
  }[]
}

const squares = (count: number): number =>
  Array.from({ length: count }, (_, n) => n * n).reduce((sum, n) => sum + n, 0)

/** Every example with its inputs and outputs; the quickstart has a file of its own. */
export const exampleRuns: readonly ExampleRun[] = [
  {
    example: 'parallel-gathering',
    workflow: 'report',
    input: { city: 'Porto' },
    output: {
      city: 'Porto',
      weather: 'weather of Porto is fine',
      traffic: 'traffic of Porto is fine',
      news: null,
      failures: 1,
      winner: 'quick',
    },
  },
  {
    example: 'nested-containers',
    workflow: 'grades',
    input: {
      pupils: [
        { name: 'Ada', marks: [1, 2] },
        { name: 'Bob', marks: [] },
        { name: 'Eve', marks: [3, 5] },
      ],
    },
    output: [
      { name: 'Ada', place: 0, mean: 1.5, best: 2, verdict: 'failed' },
      { name: 'Eve', place: 1, mean: 4, best: 5, verdict: 'passed' },
    ],
  },
  {
    example: 'compensation',
    workflow: 'journey',
    input: { hotel: 'free' },
    output: { status: 'booked', bookings: ['flight-1', 'hotel-1'] },
  },
  {
    example: 'compensation',
    workflow: 'journey',
    input: { hotel: 'full' },
    output: {
      status: 'undone',
      canceled: 'flight-1',
      because: 'no hotel has room (2 tries, ToolError:NoRoom)',
    },
  },
  {
    example: 'approval-reminder',
    workflow: 'approval',
    input: {},
    output: { status: 'nobody approved', reminders: 1 },
  },
  {
    example: 'approval-reminder',
    workflow: 'approval',
    input: {},
    signals: [
      { whileRunning: 'ask-again', name: 'approve', payload: {} },
      { whileRunning: 'ask-again', name: 'approve', payload: { by: 'Ada' } },
    ],
    output: { status: 'approved late', by: 'Ada' },
  },
  {
    example: 'fan-out',
    workflow: 'sum',
    input: { count: 500 },
    output: { count: 500, sum: squares(500) },
  },
  { example: 'fan-out', workflow: 'sum', input: { count: 0 }, output: { count: 0, sum: 0 } },
  {
    example: 'child-workflows',
    workflow: 'parent',
    input: {},
    output: { doubled: { value: 4, parent: 'parent' }, failures: 1 },
  },
]
