import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import { limits } from '../core/limits.ts'
import type { InterpreterRevision } from '../definition/run-protocol.ts'
import { playCase, testCases } from './testing/cases.ts'
import { compileTest } from './testing/compile.ts'
import { play, type PlayedRun } from './testing/play.ts'

/** A text whose JSON has this many bytes. */
const text = (bytes: number): string => 'x'.repeat(bytes - 2)
const fits = text(limits.payloadBytes - 100)
const exceeds = text(limits.payloadBytes + 1)
const tools = {
  give: ({ size }: JsonObject) => ({ value: size === 'exceeds' ? exceeds : fits }),
}
const big = (size: string, next: string): JsonObject => ({
  id: 'big',
  tool: 'give',
  with: { size },
  on_success: { next },
})
const mend: JsonObject = {
  id: 'mend',
  tool: 'echo',
  with: { type: '{{ .error.type }}', place: '{{ .error.cause.place }}' },
}
const mended = { type: 'LimitExceeded', place: 'test.yaml:1:1' }
const handled = { on_error: { next: 'mend' } }

/** Ways in which a run sends the output of the task before it. */
const senders: Readonly<Record<string, JsonObject>> = {
  'the input of a tool': { tool: 'give', with: { v: '{{ .tasks.big.output }}' } },
  'the environment of a tool': { tool: 'give', env: { V: '{{ .tasks.big.output }}' } },
  'the input of a child': { type: 'workflow', workflow: 'child', with: '{{ .tasks.big.output }}' },
  'the payload of a signal': {
    type: 'signal',
    exec_id: 'other',
    signal: { id: 'go', payload: '{{ .tasks.big.output }}' },
  },
  'the payload of an event': {
    type: 'signal',
    signal: { id: 'go', payload: '{{ .tasks.big.output }}' },
  },
}

describe('what a run sends', () => {
  testCases(
    Object.entries(senders).map(([thing, task]) => ({
      should: `be refused with LimitExceeded where it is too large: ${thing}`,
      tools,
      answer: () => ({ value: { exec_ids: [] } }),
      tasks: [big('exceeds', 'send'), { id: 'send', ...task, ...handled }, mend],
      output: mended,
    })),
  )

  it.each(Object.entries(senders))('Should be sent where it fits: %s', (_, task) => {
    const { error, type } = playCase({
      should: '',
      tools: { give: ({ size }) => ({ value: size === undefined ? 1 : fits.slice(200) }) },
      answer: () => ({ value: { exec_ids: [] } }),
      tasks: [big('fits', 'send'), { id: 'send', ...task }],
    })
    expect({ error, type }).toEqual({ error: undefined, type: 'complete' })
  })

  it('Should name the thing, its size, the limit and its place', () => {
    const { error } = playCase({
      should: '',
      tools,
      tasks: [big('exceeds', 'send'), { id: 'send', ...senders['the input of a tool'] }],
    })
    expect(error).toMatchObject({
      type: 'LimitExceeded',
      task: 'send',
      message:
        'test.yaml:1:1: input of tool "give" is 2,000,007 bytes; at most 2,000,000 bytes can be sent',
      cause: { thing: 'input of tool "give"', bytes: 2_000_007, limit: 2_000_000 },
    })
  })

  it.each([
    ['be sent with just as many bytes as fit', 0, undefined],
    ['be refused with one more', 1, '2,000,001 bytes'],
  ])('Should %s, where no environment comes with it', (_, more, size) => {
    const whole = text(limits.payloadBytes - 6 + more)
    const { error } = playCase({
      should: '',
      tools: { give: ({ v }) => ({ value: v === undefined ? whole : 1 }) },
      tasks: [
        { id: 'big', tool: 'give', on_success: { next: 'send' } },
        { id: 'send', ...senders['the input of a tool'] },
      ],
    })
    expect(error?.message.match(/is ([\d,]+ bytes);/)?.[1]).toBe(size)
    expect(error?.type).toBe(size && 'LimitExceeded')
  })

  it('Should not be tried again', () => {
    const { error, called } = playCase({
      should: '',
      tools,
      tasks: [
        big('exceeds', 'send'),
        { id: 'send', retries: 3, ...senders['the input of a tool'] },
      ],
    })
    expect(error).toMatchObject({ type: 'LimitExceeded', attempts: 1 })
    expect(called).toEqual(['big'])
  })
})

describe('the result of a run', () => {
  const both = { a: '{{ .tasks.big.output }}', b: '{{ .tasks.big.output }}' }

  testCases([
    {
      should: 'fail the run with LimitExceeded where it is too large',
      tools,
      tasks: [big('fits', 'sum'), { id: 'sum', type: 'aggregate', outputs: both }],
      error: {
        type: 'LimitExceeded',
        cause: { thing: "the run's result", place: 'test.yaml:1:1' },
      },
    },
    {
      should: 'fail the run where the outputs of the workflow are too large',
      tools,
      workflow: { outputs: both },
      tasks: [big('fits', 'n'), { id: 'n', tool: 'echo' }],
      error: { type: 'LimitExceeded', cause: { thing: "the workflow's outputs" } },
    },
    {
      should: 'be cut down by outputs',
      tools,
      workflow: { outputs: { n: '{{ len .tasks.sum.output.a }}' } },
      tasks: [big('fits', 'sum'), { id: 'sum', type: 'aggregate', outputs: both }],
      output: { n: fits.length },
    },
  ])

  const played = (revision: InterpreterRevision): PlayedRun => {
    const definition = compileTest({
      tasks: [
        big('fits', 'sum'),
        { id: 'sum', type: 'aggregate', outputs: both, on_error: { next: 'other' } },
        { id: 'other', tool: 'echo' },
      ],
    })
    const placed = definition.tasks.map((task, i) => ({ ...task, place: `test.yaml:${i + 3}:5` }))
    return play({ ...definition, tasks: placed }, { tools, revision })
  }

  it('Should name the place of the task that gave it', () => {
    expect(played(5).error).toMatchObject({ cause: { place: 'test.yaml:4:5' } })
  })

  it('Should be of any size in a run that an older engine began', () => {
    const { type, output } = played(1)
    expect([type, JSON.stringify(output).length > limits.payloadBytes]).toEqual(['complete', true])
  })
})

describe('one workflow task', () => {
  const item = text(900_000)
  const collection = (rest: JsonObject = {}): JsonObject => ({
    id: 'each',
    type: 'collection',
    items: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    task: { tool: 'size', with: { v: '{{ .tasks.big.output }}' } },
    ...rest,
  })
  const world = {
    should: '',
    tools: { give: () => ({ value: item }), size: () => ({ value: 1 }) },
    tasks: [big('', 'each'), collection()],
  }
  const bytesOf = (value: unknown): number => JSON.stringify(value).length

  it('Should send no more than Temporal takes at once', () => {
    const { output, runs } = playCase(world)
    expect(output).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1])
    const sizes = runs.flatMap(({ steps }) => steps.map(({ commands }) => bytesOf(commands)))
    expect(Math.max(...sizes)).toBeGreaterThan(limits.workflowTaskBytes / 2)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.workflowTaskBytes + 10_000)
  })

  it('Should send the rest even where nothing that was sent is answered', () => {
    const { called } = playCase({
      ...world,
      tools: { ...world.tools, size: () => ({ after: 1e9 }) },
    })
    expect(called).toHaveLength(10)
  })

  /** Ends with a result of so many bytes in a step that has sent a large request before. */
  const ending = (bytes: number): PlayedRun =>
    playCase({
      should: '',
      tools: {
        give: () => ({ value: text(1_900_000) }),
        quick: () => ({ after: 10, value: text(bytes) }),
        large: () => ({ after: 1_000 }),
      },
      tasks: [
        big('', 'both'),
        {
          id: 'both',
          type: 'parallel',
          strategy: 'race',
          tasks: [
            {
              id: 'late',
              type: 'composite',
              tasks: [
                { id: 'soon', tool: 'slow', with: { ms: 10 } },
                { id: 'out', tool: 'large', with: { v: '{{ .tasks.big.output }}' } },
              ],
            },
            { id: 'quick', tool: 'quick' },
          ],
          outputs: '{{ .output.output }}',
        },
      ],
      together: () => true,
    })
  /** What fits beside the request: its input, its environment and what wraps the two. */
  const left = limits.workflowTaskBytes - bytesOf({ v: text(1_900_000) }) - 2 * 1_024

  it.each([
    ['in the step that sent a large request, where both fit', left, ['call_tool', 'complete']],
    ['in a step of its own, where they do not', left + 1, ['complete']],
  ])('Should end the run %s', (_, bytes, last) => {
    const { output, runs } = ending(bytes)
    const types = runs[0]!.steps.at(-1)!.commands.map(({ type }) => type)
    expect(types.filter((type) => type === 'call_tool' || type === 'complete')).toEqual(last)
    expect(bytesOf(output)).toBe(bytes)
  })

  it('Should not be limited in a run that an older engine began', () => {
    const { runs } = playCase({ ...world, revision: 1 })
    const sizes = runs.flatMap(({ steps }) => steps.map(({ commands }) => bytesOf(commands)))
    expect(Math.max(...sizes)).toBeGreaterThan(8_000_000)
  })
})

describe('the errors of a run', () => {
  testCases([
    {
      should: 'be cut where a template fails with a long text',
      tasks: [{ id: 'f', type: 'aggregate', outputs: { a: '{{ fail (repeat 900000 "x") }}' } }],
      error: { type: 'TemplateError', message: expect.stringMatching(/ bytes in all\)$/) as never },
    },
  ])
})

describe('an activation', () => {
  const loop: JsonObject = {
    id: 'a',
    type: 'aggregate',
    outputs: { n: 1 },
    on_success: { next: 'a' },
  }

  it('Should yield to Temporal before it takes too long', () => {
    const { error, runs, took } = playCase({
      should: '',
      workflow: { config: { max_tasks: 60_000 } },
      tasks: [loop],
    })
    expect(error).toMatchObject({ type: 'LimitExceeded' })
    expect(runs[0]!.steps.length).toBeGreaterThan(4)
    expect(took).toBe(runs[0]!.steps.length - 1)
  })

  it('Should not yield where there is little to do', () => {
    const { runs } = playCase({
      should: '',
      workflow: { config: { max_tasks: 1_000 } },
      tasks: [loop],
    })
    expect(runs[0]!.steps).toHaveLength(1)
  })

  it('Should give 30,000 aggregates of a collection in slices, in order', () => {
    const { output, runs } = playCase({
      should: '',
      tasks: [
        {
          id: 'each',
          type: 'collection',
          items: '{{ until 30000 }}',
          task: { type: 'aggregate', outputs: '{{ .item }}' },
          outputs: { n: '{{ len .output }}', last: '{{ last .output }}' },
        },
      ],
    })
    expect(output).toEqual({ n: 30_000, last: 29_999 })
    expect(runs[0]!.steps.length).toBeGreaterThan(2)
  })
})
