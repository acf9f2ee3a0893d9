import { describe, expect, it } from 'vitest'
import { eventually } from '../support/compozy.ts'
import { startEngine } from '../support/engine.ts'
import { scrape } from '../support/metrics.ts'

/** Samples of the user's own metrics, as `name{labels} value`. */
async function customSamples(url: string): Promise<string[]> {
  const { text } = await scrape(url)
  return text.split('\n').filter((line) => /^compozy_(custom|metrics)_/.test(line))
}

describe('metrics declared in YAML', () => {
  it('Should be there at 0, and count each task end once through retries', async () => {
    const engine = await startEngine({ project: 'examples/custom-metrics' })

    const before = await customSamples(engine.metrics)
    expect(before).toEqual(
      expect.arrayContaining([
        'compozy_custom_payments_total{currency="EUR"} 0',
        'compozy_custom_payments_total{currency="USD"} 0',
        'compozy_custom_payments_total{currency="other"} 0',
        'compozy_custom_refused_payments_total 0',
        'compozy_custom_lookups_total{source="bank"} 0',
      ]),
    )
    expect(before.some((line) => line.startsWith('compozy_custom_last_payment'))).toBe(false)

    const inputs = [
      { amount: 42 },
      { amount: 7, currency: 'USD' },
      { amount: 500, currency: 'CHF' },
      { amount: 8 },
      { amount: -1 },
    ]
    for (const input of inputs) await engine.run('checkout', input)
    const after = await eventually(
      () => customSamples(engine.metrics),
      (lines) =>
        lines.includes('compozy_custom_checkout_value_euros_count 2') &&
        lines.includes('compozy_custom_refused_payments_total 1'),
    )
    expect(after).toEqual(
      expect.arrayContaining([
        'compozy_custom_payments_total{currency="EUR"} 2',
        'compozy_custom_payments_total{currency="USD"} 1',
        'compozy_custom_payments_total{currency="other"} 1',
        // The tool recorded these itself. The two attempts that failed recorded nothing.
        'compozy_custom_lookups_total{source="bank"} 2',
        'compozy_custom_lookups_total{source="cache"} 2',
        'compozy_custom_last_payment 8',
        'compozy_custom_checkout_value_euros_sum 50',
        'compozy_custom_checkout_value_euros_bucket{le="10"} 1',
        'compozy_metrics_custom_errors_total{metric="compozy_custom_broken"} 4',
      ]),
    )
  })
})
