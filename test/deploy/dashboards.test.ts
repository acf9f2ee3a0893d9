import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allFamilies } from '../../engine/infra/monitoring/catalogue.ts'
import { dashboardFiles } from '../../scripts/dashboards/files.ts'
import { dashboardQueries, dashboards, expand } from '../support/dashboards.ts'
import { parseQuery } from '../support/promql.ts'
import { complaints } from '../support/query-check.ts'
import { recordedLabels, shippedRules } from '../support/rules.ts'

const root = resolve(import.meta.dirname, '../..')
const histograms = allFamilies.filter(({ kind }) => kind === 'histogram').map(({ name }) => name)
const panels = dashboards.flatMap(({ title, panels }) =>
  panels
    .filter(({ type }) => type !== 'row')
    .map((panel) => ({ name: `${title} / ${panel.title}`, panel })),
)

describe('dashboards', () => {
  it.each(Object.entries(dashboardFiles()))(
    'Should be current: %s (else: npm run build:dashboards)',
    (path, text) => {
      expect(readFileSync(resolve(root, path), 'utf8')).toBe(text)
    },
  )

  it.each(dashboardQueries.map((query) => [`${query.dashboard} / ${query.panel}`, query]))(
    'Should ask only for what is exported: %s',
    (_, { expr }) => {
      expect(complaints(expand(expr), recordedLabels)).toEqual([])
    },
  )

  it.each(dashboardQueries.map((query) => [`${query.dashboard} / ${query.panel}`, query]))(
    'Should ask for a native histogram where it asks for the classic one: %s',
    (_, { expr }) => {
      const names = new Set(parseQuery(expand(expr)).selectors.flatMap(({ name }) => name ?? []))
      const classic = [...names].filter((name) =>
        histograms.some((histogram) => name.startsWith(`${histogram}_`)),
      )
      for (const name of classic)
        expect(names).toContain(name.replace(/_(?:bucket|sum|count)$/, ''))
    },
  )

  it.each(
    dashboardQueries
      .filter(({ legend }) => legend.includes('{{'))
      .map((query) => [query.legend, query]),
  )('Should fill its legend: %s', (_, { expr, legend }) => {
    const { selectors, groupings } = parseQuery(expand(expr))
    const kept = groupings[0]?.labels ?? [
      'instance',
      ...selectors.flatMap(({ matchers }) => matchers.map(({ label }) => label)),
    ]
    const used = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
    expect(used.filter((label) => !kept.includes(label!))).toEqual([])
  })

  it.each(dashboards.map((dashboard) => [dashboard.uid, dashboard]))(
    'Should have variables that find something, numbered panels, and no variable that nobody declares: %s',
    (_, dashboard) => {
      const variables = dashboard.templating.list
      expect(variables.map(({ name }) => name)).toEqual([
        'datasource',
        'job',
        'instance',
        'workflow_type',
        'temporal_ui',
      ])
      for (const { query } of variables.filter(({ type }) => type === 'query')) {
        const [, expr, label] = /^label_values\((.+), (\w+)\)$/.exec(query)!
        expect(complaints(`sum by (${label}) (${expand(expr!)})`)).toEqual([])
      }
      const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]\w*)/g)].map(
        ([, name]) => name!,
      )
      expect(new Set(used)).toEqual(
        new Set(variables.map(({ name }) => name).filter((name) => used.includes(name))),
      )
      expect(dashboard.panels.map(({ id }) => id)).toEqual(
        dashboard.panels.map((_, index) => index + 1),
      )
    },
  )

  it.each(panels.map(({ name, panel }) => [name, panel]))(
    'Should explain itself, with a unit, in its row: %s',
    (_, panel) => {
      expect(panel.description).toMatch(/\.$/)
      expect(panel.fieldConfig?.defaults.unit).toMatch(/\w/)
      expect(panel.targets?.map(({ refId }) => refId)).toEqual(
        panel.targets?.map((_, index) => String.fromCharCode(65 + index)),
      )
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24)
    },
  )

  it.each([
    ['a counter', 'compozy_custom_orders_total', true],
    ['a gauge', 'compozy_custom_stock', true],
    ['the count of a histogram', 'compozy_custom_weight_kg_count', true],
    ['its buckets', 'compozy_custom_weight_kg_bucket', false],
    ['its sum', 'compozy_custom_weight_kg_sum', false],
    ['when a counter was created', 'compozy_custom_orders_created', false],
  ])(
    'Should show of a metric declared in YAML what is a number of things: %s',
    (_, name, shown) => {
      const query = dashboardQueries.find(({ panel }) => panel === 'Metrics declared in YAML')!
      const matchers = parseQuery(expand(query.expr)).selectors[0]!.matchers.filter(
        ({ label }) => label === '__name__',
      )
      const chosen = matchers.every(
        ({ op, value }) => new RegExp(`^(?:${value})$`).test(name) === (op === '=~'),
      )
      expect([matchers.length, chosen]).toEqual([2, shown])
    },
  )

  it('Should lead to runbooks that are there', () => {
    const alerts = shippedRules.map(({ alert }) => alert)
    const linked = panels.flatMap(({ panel }) =>
      (panel.links ?? []).map(({ url }) => basename(url, '.md')),
    )
    expect(linked.length).toBeGreaterThan(20)
    expect(linked.filter((name) => !alerts.includes(name))).toEqual([])
  })
})
