import { describe, expect, it } from 'vitest'
import { parseQuery } from '../../../../test/support/promql.ts'
import { CompozyError } from '../../../core/errors.ts'
import { libraryRules, withPrefix, type LibraryRuleOptions } from './library-rules.ts'

/** What JavaScript may pass. */
const rulesOf = (options: unknown) => libraryRules(options as LibraryRuleOptions)

const expressionsOf = (options: LibraryRuleOptions): string[] =>
  libraryRules(options).groups.flatMap(({ rules }) =>
    (rules as { expr: string }[]).map(({ expr }) => expr),
  )

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof CompozyError
      ? `${error.code}: ${error.message}`
      : `raw: ${String(error)}`
  }
  return 'accepted'
}

describe('the options of libraryRules', () => {
  it.each<[unknown, string]>([
    [undefined, 'the options are missing; give at least { prefix: "shop" }'],
    ['shop', 'the options are missing; give at least { prefix: "shop" }'],
    [{}, 'prefix undefined is invalid; use lower case letters'],
    [{ prefix: 'Shop' }, 'prefix "Shop" is invalid; use lower case letters'],
    [{ prefix: 'my-app' }, 'prefix "my-app" is invalid; use lower case letters'],
    [{ prefix: 'temporal' }, 'prefix "temporal" belongs to another exporter'],
    [{ prefix: 'shop', job: 'a"b' }, 'option job is "a\\"b"; it must be a text and have no quotes'],
    [{ prefix: 'shop', job: 'a\\' }, 'option job is "a\\\\"; it must be a text and have no quotes'],
    [{ prefix: 'shop', job: '{{x}}' }, 'option job is "{{x}}"; it must be a text and have no'],
    [{ prefix: 'shop', job: 'a\nb' }, 'option job is "a\\nb"; it must be a text and have no'],
    [{ prefix: 'shop', job: '' }, 'option job is ""; it must be a text and have no quotes'],
    [{ prefix: 'shop', job: 5 }, 'option job is 5; it must be a text and have no quotes'],
    [{ prefix: 'shop', paths: '([' }, 'option paths is "(["; it must be one regular expression'],
    [{ prefix: 'shop', paths: ['/a', '/b'] }, 'option paths is ["/a","/b"]; it must be one reg'],
    [{ prefix: 'shop', bukcets: {} }, 'option "bukcets" is unknown; did you mean "buckets"?'],
    [{ prefix: 'shop', buckets: 5 }, 'option buckets: it is not a mapping'],
    [
      { prefix: 'shop', buckets: { shop_http_request_duration_second: [1] } },
      'unknown family shop_http_request_duration_second; did you mean "shop_http_request_duration_s',
    ],
    [
      { prefix: 'shop', buckets: { shop_http_request_duration_seconds: [2, 1] } },
      'option buckets: shop_http_request_duration_seconds: bounds must be finite and rise',
    ],
  ])('Should be refused in one line: %j', (options, message) => {
    const found = refusal(() => rulesOf(options))
    expect(found).toContain(message)
    expect(found).toMatch(/^config_invalid: .*$/)
  })

  it.each([
    { prefix: 'shop' },
    { prefix: 'compozy' },
    { prefix: 'shop', job: undefined, paths: undefined, buckets: undefined },
    { prefix: 'shop', job: 'shop-$1 {a} (eu)' },
    { prefix: 'shop', buckets: { shop_http_request_duration_seconds: [0.1, 1] } },
  ])('Should be accepted: %j', (options) => {
    expect(refusal(() => rulesOf(options))).toBe('accepted')
  })

  it.each([String.raw`/v\d+/.*`, '/"a"', "/$&/$'"])('Should reach PromQL as %s', (paths) => {
    const values = expressionsOf({ prefix: 'shop', paths }).flatMap((expr) =>
      parseQuery(expr).selectors.flatMap(({ matchers }) =>
        matchers.filter(({ label, op }) => label === 'path' && op === '=~'),
      ),
    )
    expect(values.length).toBeGreaterThan(3)
    for (const { value } of values) expect(value).toBe(paths)
  })

  it('Should take buckets of the Temporal SDK whose names contain the prefix', () => {
    const name = 'temporal_workflow_task_schedule_to_start_latency_seconds'
    const all = expressionsOf({ prefix: 'workflow', buckets: { [name]: [0.1, 7] } }).join('\n')
    expect(all).toContain(String.raw`le=~"7(\\.0)?"`)
  })

  it('Should be the same for a renamed text', () => {
    expect(refusal(() => withPrefix('compozy_x', 'Shop'))).toContain('prefix "Shop" is invalid')
    expect(refusal(() => withPrefix('compozy_x', 'shop', '{{x}}'))).toContain('option job is')
    expect(withPrefix('compozy_x{job="compozy"}', 'shop')).toBe('shop_x{job="shop"}')
  })
})
