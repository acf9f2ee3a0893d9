import { describe, expect, it } from 'vitest'
import { sumCloses } from './close-totals.ts'
import type { ServerClose } from './server-closes.ts'

const close = (workflowType: string, outcome: ServerClose['outcome']): ServerClose => ({
  runId: 'x',
  workflowType,
  outcome,
  closedAt: 0,
})

describe('sumCloses', () => {
  it('Should sum by workflow and outcome, and what has one name together', () => {
    const closes = [
      close('order', 'terminated'),
      close('order', 'timed_out'),
      close('order', 'terminated'),
      close('gone', 'timed_out'),
      close('removed', 'timed_out'),
    ]
    const nameOf = (type: string) => (type === 'order' ? type : 'other')
    expect(Object.fromEntries(sumCloses(closes, nameOf))).toEqual({
      order: { terminated: 2, timed_out: 1 },
      other: { terminated: 0, timed_out: 2 },
    })
  })

  it('Should have no workflow without a close', () => {
    expect(sumCloses([], (type) => type).size).toBe(0)
  })
})
