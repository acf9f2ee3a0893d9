import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { costTable, seriesPerWorkflow } from '../../bench/fleet/cost-model.ts'
import { allFamilies, type Family } from '../../engine/infra/monitoring/catalogue.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/operate/capacity.md'), 'utf8')

/** Series that one value of `label` brings, the family's other labels being closed sets. */
function seriesFor(label: string, { labels, buckets, kind }: Family): number {
  if (!(label in labels)) return 0
  const others = Object.entries(labels).filter(([name]) => name !== label)
  const sets = others.reduce(
    (product, [, spec]) => product * ('values' in spec ? spec.values.length : 1),
    1,
  )
  return sets * (kind === 'histogram' ? buckets!.length + 3 : 1)
}

const own = allFamilies.filter(({ name }) => name.startsWith('compozy_'))
const named = (name: string): Family => own.find((family) => family.name === name)!
const tasks = named('compozy_task_executions_total')
const outcomes = tasks.labels['outcome']!

it.each([
  [
    'workflow',
    own
      .filter((family) => family !== tasks)
      .reduce((sum, family) => sum + seriesFor('workflow_type', family), 0),
  ],
  ['kind of task that a workflow uses', 'values' in outcomes ? outcomes.values.length : 0],
  ['tool', own.reduce((sum, family) => sum + seriesFor('tool', family), 0)],
  [
    'method and route that was asked for',
    named('compozy_http_request_duration_seconds').buckets!.length + 3,
  ],
])('Should tell how many series come with each %s', (what, count) => {
  expect(page).toContain(`| ${what} | ${count} |`)
})

it('Should tell what a workflow costs while it is idle', () => {
  const { idle } = seriesPerWorkflow({ idleSeries: 'core', histograms: 'classic' })
  expect(page).toContain(`| workflow | 38 | ${idle} |`)
})

it('Should have the table of costs that the model computes', () => {
  const tight = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-')
  expect(tight(page)).toContain(tight(costTable()))
})
