import { describe, expect, it } from 'vitest'
import { allFamilies } from '../../engine/infra/monitoring/catalogue.ts'
import { compile } from './compiled.ts'
import { parsePromql } from './parse-promql.ts'

/** What Prometheus itself adds to a scrape. */
const ofPrometheus = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
]

describe('the build of the page', () => {
  const { names, rules, queries } = compile()

  it('Should compile every rule and every panel', () => {
    expect(rules.length).toBeGreaterThan(40)
    expect(Object.keys(queries).length).toBeGreaterThan(10)
  })

  it('Should read only metrics that exist', () => {
    const families = allFamilies.map(({ name }) => name)
    const recorded = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))
    const known = new Set([...families, ...recorded, ...ofPrometheus])
    const family = (name: string) => name.replace(/_(bucket|sum|count)$/, '')
    const unknown = names.filter((name) => !known.has(name) && !known.has(family(name)))
    expect(unknown).toEqual([])
  })

  it.each([
    ['quantile_over_time(0.5, a[5m])', 'no function "quantile_over_time"'],
    ['stddev(a)', 'cannot aggregate by "stddev"'],
    ['a{', 'a syntax error'],
    ['a @ end()', 'does not understand'],
  ])('Should refuse what the page cannot evaluate: %s', (query, why) => {
    expect(() => parsePromql(query)).toThrow(why)
  })
})
