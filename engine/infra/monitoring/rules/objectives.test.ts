import { describe, expect, it } from 'vitest'
import { objectiveRules, objectiveWarnings } from './objectives.ts'

const duration = 'compozy_temporal_workflow_duration_seconds'
const withObjective = (durationP95Ms: number, bounds?: number[]) => ({
  buckets: bounds === undefined ? {} : { [duration]: bounds },
  objectives: [{ workflow: 'order', durationP95Ms }],
})

/** What the rules count as slow runs of an hour. */
function slowRunsOf(options: ReturnType<typeof withObjective>): string {
  const rules = objectiveRules(options).flatMap((group) => group.rules)
  const record = 'job_workflow_type:compozy_objective_slow_runs:increase1h'
  return rules.find((rule) => 'record' in rule && rule.record === record)!.expr
}

describe('an objective for duration', () => {
  it.each<[string, ReturnType<typeof withObjective>, number]>([
    ['the default buckets', withObjective(36 * 3_600_000), 129_600],
    ["the project's buckets", withObjective(120_000, [0.1, 0.5, 1]), 120],
  ])('Should be judged by native histograms alone above %s', (_, options, seconds) => {
    expect(slowRunsOf(options)).not.toContain('_bucket')
    expect(slowRunsOf(options)).toContain(`histogram_fraction(${seconds}, +Inf, `)
    expect(objectiveWarnings(options)).toEqual([
      {
        workflow: 'order',
        message: expect.stringContaining(`is above the largest bucket of ${duration}`),
        hint: `add a bound of at least ${seconds} to monitoring.buckets`,
      },
    ])
  })

  it.each<[string, ReturnType<typeof withObjective>, string]>([
    ['the largest bucket', withObjective(86_400_000), String.raw`le=~"86400(\\.0)?"`],
    ['the next bucket', withObjective(120_000, [60, 300]), String.raw`le=~"300(\\.0)?"`],
  ])('Should be judged at %s', (_, options, le) => {
    expect(slowRunsOf(options)).toContain(le)
    expect(objectiveWarnings(options)).toEqual([])
  })

  it('Should give no warning for other objectives', () => {
    const objectives = [{ workflow: 'order', everyMs: 360_000_000 }]
    expect(objectiveWarnings({ buckets: {}, objectives })).toEqual([])
  })
})

describe('an objective for failures', () => {
  it.each([
    [0.01, [0.144, 0.01]],
    [0.0687, [0.98928, 0.0687]],
    [0.1, [0.99, 0.1]],
    [0.995, [0.995, 0.995]],
  ])('Should page at a burn rate of 14.4, never beyond all runs: %d', (failureRatio, expected) => {
    const options = { buckets: {}, objectives: [{ workflow: 'order', failureRatio }] }
    const rules = objectiveRules(options).flatMap((group) => group.rules)
    const thresholds = rules.map(({ expr }) =>
      [...expr.matchAll(/ > (0\.\d+)$/gm)].map(([, text]) => Number(text)),
    )
    expect(thresholds.map(([first]) => first)).toEqual(expected)
  })
})
