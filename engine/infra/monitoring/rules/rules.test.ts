import { describe, expect, it } from 'vitest'
import { ruleFiles } from './rules.ts'
import { disarmedAlerts, disarmedMessage } from './thresholds.ts'

const expressionOf = (alert: string, buckets: Record<string, number[]>): string => {
  const rules = Object.values(ruleFiles({ buckets })).flatMap(({ groups }) =>
    groups.flatMap((group) => group.rules as { alert?: string; expr: string }[]),
  )
  return rules.find((rule) => rule.alert === alert)!.expr
}
const http = 'compozy_http_request_duration_seconds'

describe('ruleFiles', () => {
  it.each([
    ['the threshold itself', [0.1, 0.5, 1], String.raw`le=~"1(\\.0)?"`],
    ['the next bound above', [0.5, 2.5], String.raw`le=~"2\\.5"`],
    ['the largest bound', [0.1, 0.5], String.raw`le=~"0\\.5"`],
  ])('Should check latency at %s', (_, buckets, matcher) => {
    expect(expressionOf('CompozyApiLatencyHigh', { [http]: buckets })).toContain(matcher)
  })

  it('Should take the largest bound of the configuration for saturation', () => {
    const name = 'compozy_temporal_workflow_duration_seconds'
    const expression = expressionOf('CompozyWorkflowDurationBucketsSaturated', { [name]: [1, 9] })
    expect(expression).toContain(String.raw`le=~"9(\\.0)?"`)
  })
})

describe('disarmedAlerts', () => {
  it('Should find none with the default buckets', () => {
    expect(disarmedAlerts({ buckets: {} })).toEqual([])
  })

  it('Should name the alert whose bound is left out, and no other', () => {
    const disarmed = disarmedAlerts({ buckets: { [http]: [0.1, 0.5] } })
    expect(disarmed.map((threshold) => disarmedMessage(threshold))).toEqual([
      `the buckets of ${http} have no bound 1, so the shipped alert CompozyApiLatencyHigh cannot fire; add the bound, or use the rules that compozy metrics rules writes`,
    ])
  })

  it("Should name an application's own family, alert and rules", () => {
    const own = 'shop_eu_http_request_duration_seconds'
    const disarmed = disarmedAlerts({ buckets: { [own]: [0.1, 0.5] } }, 'shop_eu')
    expect(disarmed.map((threshold) => disarmedMessage(threshold, 'shop_eu'))).toEqual([
      `the buckets of ${own} have no bound 1, so the shipped alert ShopEuApiLatencyHigh cannot fire; add the bound, or use the rules of libraryRules({ prefix: 'shop_eu', buckets })`,
    ])
  })

  it('Should not rename the families and alerts of the Temporal SDK', () => {
    const sdk = 'temporal_workflow_task_schedule_to_start_latency_seconds'
    const disarmed = disarmedAlerts({ buckets: { [sdk]: [0.1] } }, 'shop')
    expect(disarmed.map((threshold) => disarmedMessage(threshold, 'shop'))).toEqual([
      expect.stringMatching(
        `^the buckets of ${sdk} have no bound 5, so the shipped alert TemporalScheduleToStartHigh `,
      ),
    ])
  })

  it('Should find none where the buckets are those of another prefix', () => {
    expect(disarmedAlerts({ buckets: { [http]: [0.1, 0.5] } }, 'shop')).toEqual([])
  })
})
