import { describe, expect, it } from 'vitest'
import { styled } from '../line.ts'
import { familyLines } from './family-lines.ts'

const families = [
  {
    name: 'compozy_http_requests_total',
    kind: 'counter',
    stability: 'stable',
    labels: { method: [], path: [], status_code: [] },
  },
  { name: 'compozy_uptime_seconds_total', kind: 'gauge', stability: 'stable', labels: {} },
] as never

const shown = (width?: number) => familyLines(families, width).map((line) => styled(line, false))

describe('familyLines', () => {
  it.each([undefined, 77])('Should be a table where the rows fit: %s columns', (width) => {
    expect(shown(width)).toEqual([
      'FAMILY                        KIND     STABILITY  LABELS',
      'compozy_http_requests_total   counter  stable     method, path, status_code',
      'compozy_uptime_seconds_total  gauge    stable',
    ])
  })

  it('Should cut no label where the rows do not fit', () => {
    expect(shown(40)).toEqual([
      'compozy_http_requests_total',
      '  counter, stable: method, path,',
      '                   status_code',
      'compozy_uptime_seconds_total',
      '  gauge, stable',
    ])
  })
})
