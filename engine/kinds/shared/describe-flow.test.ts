import { describe, expect, it } from 'vitest'
import type { TaskIr } from '../../definition/task-ir.ts'
import { describeFlow } from './describe-flow.ts'
import { standardKinds } from '../index.ts'

const flowOf = (...tasks: readonly object[]) =>
  describeFlow(
    { tasks: tasks as readonly TaskIr[] } as Parameters<typeof describeFlow>[0],
    standardKinds,
  )

describe('the drawing of a workflow', () => {
  it('Should name what a task works on and what follows it', () => {
    const [charge] = flowOf({
      id: 'charge',
      type: 'basic',
      place: 'order.yaml:3:5',
      tool: 'shop/charge',
      on_success: { next: 'ship' },
      on_error: { next: 'refund' },
    })
    expect(charge).toEqual({
      id: 'charge',
      type: 'basic',
      place: 'order.yaml:3:5',
      subject: 'shop/charge',
      follows: [
        { to: 'ship', on: 'success' },
        { to: 'refund', on: 'error' },
      ],
      tasks: [],
    })
  })

  it('Should name the routes by their values, and hold the inline ones', () => {
    const [router] = flowOf({
      id: 'r',
      type: 'router',
      routes: { yes: 'go', no: { id: 'stop', type: 'pause' } },
      default: 'ask',
    })
    expect(router?.follows).toEqual([
      { to: 'go', on: 'yes' },
      { to: 'ask', on: 'default' },
    ])
    expect(router?.tasks.map(({ id }) => id)).toEqual(['stop'])
  })

  it('Should say which signal a task waits for, a template as written', () => {
    const [wait] = flowOf({
      id: 'w',
      type: 'wait',
      wait_for: { place: 'w.yaml:1', source: 'paid-{{ .input.id }}', body: [] },
      on_timeout: 'late',
    })
    expect(wait).toMatchObject({
      subject: 'paid-{{ .input.id }}',
      awaits: true,
      follows: [{ to: 'late', on: 'timeout' }],
    })
  })

  it('Should hold the tasks of a container, and no subject where there is none', () => {
    const [both] = flowOf({ id: 'both', type: 'parallel', tasks: [{ id: 'a', type: 'pause' }] })
    expect(both?.tasks).toEqual([{ id: 'a', type: 'pause', follows: [], tasks: [] }])
    expect(both).not.toHaveProperty('subject')
  })
})
