import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from './source.ts'

const place = { file: 'orders.yaml', line: 12, column: 13, length: 4 }

describe('formatDiagnostic', () => {
  it('Should show the part of a long line around its place', () => {
    const at = (column: number) => {
      const line = `${'a'.repeat(999_999)}X${'b'.repeat(999_999)}`
      const place = { file: 'x.yaml', line: 1, column, length: 1 }
      const text = formatDiagnostic({ severity: 'error', place, message: 'no', excerpt: line })
      const [head, shown = '', caret = ''] = text.split('\n')
      expect(text.length).toBeLessThan(500)
      return [head, shown[caret.indexOf('^')], shown.startsWith('  1 | …'), shown.endsWith('…')]
    }
    expect(at(1_000_000)).toEqual(['x.yaml:1:1000000: error: no', 'X', true, true])
    expect(at(1)).toEqual(['x.yaml:1:1: error: no', 'a', false, true])
    expect(at(1_999_999)).toEqual(['x.yaml:1:1999999: error: no', 'b', true, false])
  })

  it('Should put the caret under the place, with the hint below', () => {
    const text = formatDiagnostic({
      severity: 'error',
      place,
      message: 'unknown task "shpi"',
      hint: 'allowed: price, ship',
      excerpt: '      next: shpi',
    })
    expect(text).toBe(
      [
        'orders.yaml:12:13: error: unknown task "shpi"',
        '  12 |       next: shpi',
        '     |             ^^^^',
        '  allowed: price, ship',
      ].join('\n'),
    )
  })

  it('Should show no line where there is none', () => {
    const at = { file: 'compozy.yaml', line: 1, column: 1, length: 0 }
    const text = formatDiagnostic({
      severity: 'error',
      place: at,
      message: 'm',
      hint: 'h',
      excerpt: '',
    })
    expect(text).toBe('compozy.yaml:1:1: error: m\n  h')
  })

  it('Should not underline past the end of the line, and leave out a hint that there is not', () => {
    const text = formatDiagnostic({
      severity: 'warning',
      place: { ...place, length: 99 },
      message: 'm',
      excerpt: '      next: shpi',
    })
    expect(text.split('\n')).toEqual([
      'orders.yaml:12:13: warning: m',
      '  12 |       next: shpi',
      '     |             ^^^^',
    ])
  })
})
