import { describe, expect, it } from 'vitest'
import { families } from '../catalogue.ts'
import type { IdleSeries } from '../families/idle-series.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createServerAnswers } from './server-answers.ts'
import type { StatusCounts } from './server-truth.ts'

const none: StatusCounts = {
  running: 0,
  completed: 0,
  failed: 0,
  canceled: 0,
  terminated: 0,
  timed_out: 0,
}

/** Answers whose queries come back after a minute where nothing runs, and else after 15 s. */
function setup(idleSeries: IdleSeries = 'core') {
  const clock = { now: 1_000_000 }
  const registry = createRegistry()
  const answers = createServerAnswers({
    registry,
    workflowTypes: new Set(['order', 'refund']),
    idleSeries,
    roundMs: (active) => (active ? 15_000 : 60_000),
    now: () => clock.now,
  })
  /** The series of a family, as `labels value`. */
  const seriesOf = ({ name }: { name: string }): string[] =>
    registry
      .collect()
      .collected.filter(({ family }) => family.name === name)
      .flatMap(({ series }) =>
        series.map(
          ({ labels, slot }) =>
            `${Object.values(labels).join(' ')} ${'value' in slot ? slot.value : ''}`,
        ),
      )
  return { answers, clock, seriesOf }
}

describe('the answers of Temporal', () => {
  it('Should show no execution of a workflow that never ran, and all of others', () => {
    const { answers, seriesOf } = setup()
    answers.executions('order', none)
    answers.executions('other', none)
    const series = seriesOf(families.workflowExecutions)
    expect(series).toHaveLength(6)
    expect(series).toContain('other running 0')
  })

  it('Should show every workflow where idle series are wanted', () => {
    const { answers, seriesOf } = setup('all')
    answers.executions('order', none)
    expect(seriesOf(families.workflowExecutions)).toHaveLength(6)
  })

  it('Should show the states that were above 0, and that of open runs beside them, from then on', () => {
    const { answers, seriesOf } = setup()
    answers.executions('order', { ...none, failed: 2 })
    expect(seriesOf(families.workflowExecutions)).toEqual(['order running 0', 'order failed 2'])
    answers.executions('order', none)
    expect(seriesOf(families.workflowExecutions)).toEqual(['order running 0', 'order failed 0'])
  })

  it.each([
    ['with open runs', { ...none, running: 1 }, 35_000],
    ['without open runs', { ...none, failed: 1 }, 125_000],
  ])('Should be gone two rounds and 5 s after it came: %s', (_, counts, ms) => {
    const { answers, clock, seriesOf } = setup()
    answers.executions('order', counts)
    clock.now += ms
    expect(seriesOf(families.workflowExecutions).length).toBeGreaterThan(0)
    clock.now += 1
    expect(seriesOf(families.workflowExecutions)).toEqual([])
  })

  it('Should keep what is stuck and the backlog as long as an active query', () => {
    const { answers, clock, seriesOf } = setup()
    answers.stuck(new Map([['order', 1]]))
    answers.backlog('workflow', { tasks: 4, ageSeconds: 9 })
    clock.now += 35_000
    expect(seriesOf(families.workflowStuck)).toEqual(['order 1', 'other 0'])
    expect(seriesOf(families.taskQueueBacklog)).toEqual(['workflow 4'])
    expect(seriesOf(families.taskQueueBacklogAge)).toEqual(['workflow 9'])
    clock.now += 1
    expect(seriesOf(families.workflowStuck)).toEqual([])
    expect(seriesOf(families.taskQueueBacklog)).toEqual([])
  })

  it('Should leave the backlog out where Temporal cannot tell it, and keep a backlog of 0', () => {
    const { answers, seriesOf } = setup()
    answers.backlog('workflow', { tasks: 0, ageSeconds: 0 })
    answers.backlog('activity', { tasks: 4, ageSeconds: 9 })
    answers.backlog('activity', undefined)
    expect(seriesOf(families.taskQueueBacklog)).toEqual(['workflow 0'])
    expect(seriesOf(families.taskQueueBacklogAge)).toEqual(['workflow 0'])
  })

  it('Should add up what is stuck in workflows that nobody knows', () => {
    const { answers, seriesOf } = setup()
    answers.stuck(
      new Map([
        ['a', 2],
        ['b', 3],
        ['refund', 1],
      ]),
    )
    expect(seriesOf(families.workflowStuck)).toEqual(['refund 1', 'other 5'])
  })

  it('Should tell whether a workflow has open runs, or may have', () => {
    const { answers } = setup()
    expect(answers.hasOpenRuns('order')).toBe(true)
    answers.executions('order', { ...none, completed: 5 })
    expect(answers.hasOpenRuns('order')).toBe(false)
    answers.executions('order', { ...none, running: 1 })
    expect(answers.hasOpenRuns('order')).toBe(true)
  })
})
