import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { WorkflowInfo } from '@temporalio/workflow'
import { silentLogger } from '../../../core/logger.ts'
import type { Observation } from '../../../core/observation.ts'
import { createGuard } from './guard.ts'
import { createObservationRecorder } from './observation-sinks.ts'
import { createRecentIds } from './recent-ids.ts'

const value = (amount: number): Observation => ({
  type: 'custom_metric',
  kind: 'counter',
  name: 'compozy_custom_x_total',
  value: amount,
  labels: {},
})

describe('createObservationRecorder', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function setup() {
    const recorded: Observation[] = []
    const record = (_: unknown, observation: Observation) => void recorded.push(observation)
    const clock = { ms: 0 }
    const answers: { since: number | undefined } = { since: 0 }
    const closedRuns = createRecentIds(100_000)
    const recorder = createObservationRecorder(
      record,
      createGuard({ logger: silentLogger }),
      closedRuns,
      {
        reachableSince: () => answers.since,
        now: () => clock.ms,
      },
    )
    onTestFinished(recorder.stop)
    const { observed, continued } = recorder.sinks.compozyObservations
    const info = (runId: string) => ({ runId }) as WorkflowInfo
    return {
      recorded,
      observed: (run: string, index: number, amount: number): void => {
        void observed.fn(info(run), index, [value(amount)])
      },
      continued: (run: string): void => {
        void continued.fn(info(run))
      },
      evicted: recorder.evicted,
      /** Evicts a run after its close; `isSure`: Temporal has accepted the close. */
      close: (run: string, isSure = true): void => {
        recorder.evicted(run, true)
        if (!isSure) return
        closedRuns.add(run)
        recorder.forget(run)
      },
      answers,
      /** Lets time pass; `standsStill`: without the process noticing it in between. */
      pass: (ms: number, standsStill = false): void => {
        for (let rest = ms; rest > 0; rest -= 1_000) {
          clock.ms += standsStill ? ms : 1_000
          vi.advanceTimersByTime(standsStill ? ms : 1_000)
          if (standsStill) return
        }
      },
    }
  }

  it('Should count an observation when its run goes on, and not before', () => {
    const { recorded, observed, continued } = setup()
    observed('a', 0, 1)
    expect(recorded).toEqual([])
    continued('a')
    expect(recorded).toEqual([value(1)])
  })

  it('Should count what a run observed in its last task when it leaves with that task accepted', () => {
    const { recorded, observed, evicted } = setup()
    observed('a', 0, 1)
    observed('a', 1, 2)
    evicted('a', true)
    expect(recorded).toEqual([value(1), value(2)])
  })

  it('Should count a task that failed twice and was accepted the third time once', () => {
    const { recorded, observed, evicted } = setup()
    for (const accepted of [false, false, true]) {
      observed('a', 0, 1)
      evicted('a', accepted)
    }
    expect(recorded).toEqual([value(1)])
  })

  it('Should count what the accepted task observed, not what a refused one did', () => {
    const { recorded, observed, evicted } = setup()
    observed('a', 0, 1)
    evicted('a', false)
    expect(recorded).toEqual([])
    observed('a', 0, 7)
    evicted('a', true)
    expect(recorded).toEqual([value(7)])
  })

  it('Should not count again what was counted before the task of a local activity failed', () => {
    const { recorded, observed, continued, evicted } = setup()
    observed('a', 0, 1)
    continued('a')
    evicted('a', false)
    observed('a', 0, 1)
    observed('a', 1, 2)
    evicted('a', true)
    expect(recorded).toEqual([value(1), value(2)])
  })

  describe('of a run that waits', () => {
    it('Should count after half a minute, once', () => {
      const { recorded, observed, continued, pass } = setup()
      observed('a', 0, 1)
      pass(29_000)
      expect(recorded).toEqual([])
      pass(1_000)
      expect(recorded).toEqual([value(1)])
      continued('a')
      pass(60_000)
      expect(recorded).toEqual([value(1)])
    })

    it('Should count each after its own half minute', () => {
      const { recorded, observed, pass } = setup()
      observed('a', 0, 1)
      pass(20_000)
      observed('b', 0, 2)
      pass(10_000)
      expect(recorded).toEqual([value(1)])
      pass(20_000)
      expect(recorded).toEqual([value(1), value(2)])
    })

    it('Should not count when its task was refused', () => {
      const { recorded, observed, evicted, pass } = setup()
      observed('a', 0, 1)
      pass(10_000)
      evicted('a', false)
      pass(60_000)
      expect(recorded).toEqual([])
    })

    it('Should wait for as long again when Temporal did not answer meanwhile', () => {
      const { recorded, observed, answers, pass } = setup()
      observed('a', 0, 1)
      answers.since = undefined
      pass(50_000)
      answers.since = 50_000
      pass(39_000)
      expect(recorded).toEqual([])
      pass(1_000)
      expect(recorded).toEqual([value(1)])
    })

    it('Should wait for as long again when the process stood still', () => {
      const { recorded, observed, evicted, pass } = setup()
      observed('a', 0, 1)
      pass(60_000, true)
      expect(recorded).toEqual([])
      evicted('a', false)
      pass(60_000)
      expect(recorded).toEqual([])
    })
  })

  it('Should remember 50,000 runs, and forget the oldest past that', () => {
    const { recorded, observed, continued } = setup()
    const count = (run: string): number => {
      observed(run, 0, 1)
      continued(run)
      return recorded.length
    }
    for (let run = 0; run < 50_000; run++) count(`${run}`)
    expect([recorded.length, count('0')]).toEqual([50_000, 50_000])
    expect([count('one more'), count('0')]).toEqual([50_001, 50_002])
  })

  it('Should remember an open run while 50,000 others close', () => {
    const { recorded, observed, continued, close } = setup()
    observed('open', 0, 1)
    continued('open')
    for (let run = 0; run < 50_000; run++) {
      observed(`${run}`, 0, 1)
      close(`${run}`)
    }
    observed('open', 0, 1)
    continued('open')
    expect(recorded).toHaveLength(50_001)
  })

  it('Should not count again what a late worker tells of a closed run', () => {
    const { recorded, observed, close, pass } = setup()
    observed('a', 0, 1)
    close('a')
    observed('a', 0, 1)
    pass(60_000)
    expect(recorded).toEqual([value(1)])
  })

  it('Should count what a run observes whose close Temporal may have refused, once', () => {
    const { recorded, observed, close } = setup()
    observed('a', 0, 1)
    close('a', false)
    observed('a', 0, 1)
    observed('a', 1, 2)
    close('a')
    expect(recorded).toEqual([value(1), value(2)])
  })

  it('Should keep runs apart', () => {
    const { recorded, observed, continued } = setup()
    observed('a', 0, 1)
    observed('b', 0, 2)
    continued('b')
    expect(recorded).toEqual([value(2)])
  })
})
