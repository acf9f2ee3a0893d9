import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../core/source.ts'
import { diagnosticJson, formatDiagnostics } from './format.ts'

function diagnostic(severity: Diagnostic['severity'], file: string, line: number): Diagnostic {
  return {
    severity,
    place: { file, line, column: 3, length: 2 },
    message: `in line ${line}`,
    excerpt: 'a: bc',
    hint: 'try',
  }
}

describe('formatDiagnostics', () => {
  it.each([
    [[diagnostic('error', 'a.yaml', 1)], '1 error in 1 file'],
    [[diagnostic('warning', 'a.yaml', 1)], '1 warning in 1 file'],
    [
      [1, 2, 3]
        .map((line) => diagnostic('error', line === 1 ? 'a.yaml' : 'b.yaml', line))
        .concat(diagnostic('warning', 'b.yaml', 9)),
      '3 errors, 1 warning in 2 files',
    ],
  ])('Should end in a summary', (diagnostics, summary) => {
    expect(formatDiagnostics(diagnostics).split('\n').at(-1)).toBe(summary)
  })

  it('Should go by file and line', () => {
    const text = formatDiagnostics([
      diagnostic('error', 'b.yaml', 1),
      diagnostic('error', 'a.yaml', 12),
      diagnostic('warning', 'a.yaml', 2),
    ])
    expect(text.match(/^\w\.yaml:\d+/gm)).toEqual(['a.yaml:2', 'a.yaml:12', 'b.yaml:1'])
  })
})

describe('diagnosticJson', () => {
  it('Should be flat data without the excerpt', () => {
    expect(diagnosticJson(diagnostic('error', 'a.yaml', 4))).toEqual({
      severity: 'error',
      file: 'a.yaml',
      line: 4,
      column: 3,
      length: 2,
      message: 'in line 4',
      hint: 'try',
    })
  })
})
