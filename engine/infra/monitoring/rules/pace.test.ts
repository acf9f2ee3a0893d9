import { describe, expect, it } from 'vitest'
import { atPace, realTime, secondsOf, time } from './pace.ts'
import { rise } from './promql.ts'
import { ruleFiles } from './rules.ts'

const tenth = (seconds: number): number => seconds / 10

describe('atPace', () => {
  it.each([
    ['a range', 'rate(a[5m])', 'rate(a[30s])'],
    ['an offset', 'a[1h] offset 15m', 'a[360s] offset 90s'],
    ['the resolution of a subquery', 'max(a)[10m:30s]', 'max(a)[60s:3s]'],
    ['a time in a comparison', `age > ${time(120)}`, 'age > 12'],
    ['a duration', '2m', '12s'],
  ])('Should change %s', (_, expr, expected) => {
    expect(atPace(expr, tenth)).toBe(expected)
  })

  it.each([
    ['a number that is no time', 'a > 5000 and b > 0.25'],
    ['the name of a recorded rate', 'job:compozy_api_errors:ratio_rate5m > 1'],
    ['what stands in quotes', 'a{path="/5m/1h"}'],
  ])('Should leave %s', (_, expr) => {
    expect(atPace(expr, tenth)).toBe(expr)
  })

  it('Should keep real time as it is written, without marks', () => {
    expect(atPace(`a[1d] > ${time(300)}`, realTime)).toBe('a[1d] > 300')
    expect(JSON.stringify(ruleFiles({ buckets: {} }))).not.toMatch(/[⟦⟧]/)
  })

  it('Should change the time that a process must be old together with its window', () => {
    const expr = atPace(rise('a', '15m'), tenth)
    expect(expr).toContain('[90s]')
    expect(expr).toContain('> 90 ')
    expect(expr).not.toMatch(/900|15m/)
  })

  it('Should change every window and hold of the shipped rules', () => {
    const files = Object.values(ruleFiles({ buckets: {}, pace: () => 7 }))
    const rules = files.flatMap(({ groups }) => groups.flatMap(({ rules: own }) => own))
    const texts = rules.flatMap((rule) => {
      const { expr, for: hold } = rule as { expr: string; for?: string }
      return hold === undefined ? [expr] : [expr, hold]
    })
    const windows = texts.flatMap((text) => text.match(/\b\d+[smhd]\b/g) ?? [])
    expect(new Set(windows)).toEqual(new Set(['7s']))
  })
})

describe('secondsOf', () => {
  it.each([
    ['90s', 90],
    ['15m', 900],
    ['6h', 21_600],
    ['3d', 259_200],
  ])('Should read %s', (duration, seconds) => {
    expect(secondsOf(duration)).toBe(seconds)
  })
})
