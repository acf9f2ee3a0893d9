import { describe, expect, it } from 'vitest'
import { exportedName } from './compile-metrics.ts'

describe('the exported name of a metric', () => {
  it.each([
    ['orders', 'counter', undefined, 'compozy_custom_orders_total'],
    ['orders_total', 'counter', undefined, 'compozy_custom_orders_total'],
    ['orders_total_eu', 'counter', undefined, 'compozy_custom_orders_total_eu_total'],
    ['sent', 'counter', 'bytes', 'compozy_custom_sent_bytes_total'],
    ['sent_bytes', 'counter', 'bytes', 'compozy_custom_sent_bytes_total'],
    ['sent_bytes_total', 'counter', 'bytes', 'compozy_custom_sent_bytes_total'],
    ['wait', 'histogram', 'seconds', 'compozy_custom_wait_seconds'],
    ['seconds', 'histogram', 'seconds', 'compozy_custom_seconds'],
    ['megabytes', 'gauge', 'bytes', 'compozy_custom_megabytes_bytes'],
    ['level', 'gauge', undefined, 'compozy_custom_level'],
    ['seats_total', 'gauge', undefined, 'compozy_custom_seats_total'],
  ] as const)('Should be made of %s, a %s in %s', (name, type, unit, exported) => {
    expect(exportedName(name, type, unit)).toBe(exported)
  })
})
