import { describe, expect, it } from 'vitest'
import { createExemplars } from './exemplars.ts'
import { HistogramSlot, ValueSlot } from './slots.ts'

function createClocked() {
  let ms = 1_000
  return { ...createExemplars(() => ms), pass: (by: number) => void (ms += by) }
}

const trace = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) }

describe('exemplars', () => {
  it('Should keep the run of a value in the bucket of the value', () => {
    const slot = new HistogramSlot([1, 2])
    createClocked().attach(slot, 1.5, 'run-1')
    expect(slot.exemplars).toEqual([
      undefined,
      { labels: { exec_id: 'run-1' }, value: 1.5, at: 1_000 },
      undefined,
    ])
  })

  it('Should replace the exemplar of a bucket at most once a second', () => {
    const { attach, pass } = createClocked()
    const slot = new HistogramSlot([1])
    const run = () => slot.exemplars?.[0]?.labels['exec_id']
    attach(slot, 0.1, 'first')
    pass(999)
    attach(slot, 0.2, 'second')
    expect(run()).toBe('first')
    pass(1)
    attach(slot, 0.3, 'third')
    expect(run()).toBe('third')
  })

  it('Should replace an exemplar at once after the clock is set back, then once a second', () => {
    const { attach, pass } = createClocked()
    const counter = new ValueSlot()
    const histogram = new HistogramSlot([1])
    const runs = () => [
      counter.exemplar?.labels['exec_id'],
      histogram.exemplars?.[0]?.labels['exec_id'],
    ]
    const attachBoth = (run: string): void => {
      attach(counter, 1, run)
      attach(histogram, 0.5, run)
    }
    pass(3_600_000)
    attachBoth('before')
    pass(-3_600_000)
    attachBoth('after')
    expect(runs()).toEqual(['after', 'after'])
    pass(999)
    attachBoth('soon')
    expect(runs()).toEqual(['after', 'after'])
  })

  it('Should rate-limit counters, and each bucket on its own', () => {
    const { attach } = createClocked()
    const counter = new ValueSlot()
    const histogram = new HistogramSlot([1])
    for (const run of ['first', 'second']) attach(counter, 1, run)
    attach(histogram, 0.5, 'low')
    attach(histogram, 5, 'high')
    expect(counter.exemplar?.labels).toEqual({ exec_id: 'first' })
    expect(histogram.exemplars?.map((each) => each?.labels['exec_id'])).toEqual(['low', 'high'])
  })

  it.each<[string, string | undefined, typeof trace | undefined, string[]]>([
    ['a run', 'run', undefined, ['exec_id']],
    ['a trace', undefined, trace, ['trace_id', 'span_id']],
    ['both', 'run', trace, ['exec_id', 'trace_id', 'span_id']],
    ['both, too long together', 'r'.repeat(80), trace, ['exec_id']],
    ['a run of 121 characters', '😀'.repeat(121), undefined, ['exec_id']],
    ['a run of 122 characters', 'r'.repeat(122), undefined, []],
    ['a run too long beside a trace', 'r'.repeat(122), trace, ['trace_id', 'span_id']],
    ['nothing', undefined, undefined, []],
  ])('Should stay within 128 characters: %s', (_, execId, traced, labels) => {
    const slot = new ValueSlot()
    createClocked().attach(slot, 1, execId, traced)
    expect(Object.keys(slot.exemplar?.labels ?? {})).toEqual(labels)
    // An exemplar without labels tells nothing, so none is kept.
    expect(slot.exemplar !== undefined).toBe(labels.length > 0)
  })

  it('Should keep none on a histogram for a value without a run or a trace', () => {
    const slot = new HistogramSlot([1])
    const { attach } = createClocked()
    attach(slot, 0.5, undefined, null)
    expect(slot.exemplars).toBeUndefined()
    attach(slot, 0.5, 'run', null)
    expect(slot.exemplars).toHaveLength(2)
  })

  it('Should keep a value on a bound in the bucket that counts it', () => {
    const slot = new HistogramSlot([1, 2])
    slot.observe(1)
    createClocked().attach(slot, 1, 'run')
    expect([...slot.counts]).toEqual([1, 0, 0])
    expect(slot.exemplars?.findIndex((each) => each !== undefined)).toBe(0)
  })

  it('Should ignore NaN, as the histogram does', () => {
    const slot = new HistogramSlot([1])
    createClocked().attach(slot, NaN, 'run')
    expect(slot.exemplars).toBeUndefined()
  })
})
