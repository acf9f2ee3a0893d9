import { expect, it } from 'vitest'
import { ruleFiles } from '../../engine/infra/monitoring/public/index.ts'
import { testFiring } from '../support/promtool.ts'

const duration = 'compozy_temporal_workflow_duration_seconds'
const on = 'job="compozy", instance="a", workflow_type="order"'

it.each<[string, Record<string, number[]>, boolean]>([
  ['is silent above the default buckets', {}, false],
  ['is silent above buckets that end early', { [duration]: [60, 3_600] }, false],
  ['fires where a bucket tells the slow runs', { [duration]: [86_400, 129_600] }, true],
])('Should judge three runs that all buckets miss: %s', async (_, buckets, fires) => {
  const bounds = [60, 3_600, 86_400, 129_600]
  const series = [
    ...bounds.map((le) => ({ series: `${duration}_bucket{${on}, le="${le}"}`, values: '0x90' })),
    { series: `${duration}_count{${on}}`, values: '0x20 3x70' },
    { series: `compozy_temporal_workflow_started_total{${on}}`, values: '3x90' },
  ]
  const objectives = [{ workflow: 'order', durationP95Ms: 36 * 3_600_000 }]
  const rules = ruleFiles({ buckets, objectives })['objectives.yml']!
  const alert = 'CompozyObjectiveDuration'
  expect(await testFiring(rules, series, { alert, at: '60m', fires })).toContain('SUCCESS')
})
