import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExposition, type Parsed } from './parse.ts'

function parsed(text: string): Parsed {
  const result = parseExposition(text)
  if ('families' in result) return result
  throw new Error(`${result.line}:${result.column} ${result.message}`)
}

describe('parseExposition', () => {
  it('Should read families with their kind, help and samples, histograms as one', () => {
    const text = [
      '# HELP a_total As \\\\ and\\nlines.',
      '# TYPE a_total counter',
      'a_total{x="1",y="\\"}\\n"} 2',
      '# TYPE h histogram',
      'h_bucket{le="+Inf"} 1',
      'h_sum 0.5',
      'h_count 1',
      '',
    ].join('\n')
    const { format, families } = parsed(text)
    expect(format).toBe('text')
    expect(families.map(({ name, kind, samples }) => [name, kind, samples.length])).toEqual([
      ['a_total', 'counter', 1],
      ['h', 'histogram', 3],
    ])
    expect(families[0]!.samples[0]!.labels.get('y')).toBe('"}\n')
    expect(families[0]!.samples[0]!.value).toBe(2)
  })

  it('Should know OpenMetrics by its end, and its counters by their family', () => {
    const { format, families } = parsed('# TYPE a counter\na_total{x="1"} 2 # {trace_id="t"} 1 1.5\n# EOF\n')
    expect([format, families[0]!.name, families[0]!.samples.length]).toEqual(['openmetrics', 'a', 1])
  })

  it.each([
    ['a second TYPE', '# TYPE a gauge\n# TYPE a gauge\n', '2:3 a second TYPE line for a'],
    ['a second HELP', '# HELP a x\n# HELP a y\n', '2:3 a second HELP line for a'],
    [
      'a TYPE after its samples',
      'a 1\n# TYPE a gauge\n',
      '2:3 the TYPE line of a must stand before its samples',
    ],
    ['a type that is none', '# TYPE a meter\n', '1:9 "meter" is no type'],
    ['the same series twice', 'a{x="1",y="2"} 1\na{y="2",x="1"} 1\n', '2:1 the same series stands twice'],
    [
      'a family that is torn apart',
      'a 1\nb 1\na{x="1"} 1\n',
      '3:1 the lines of a must stand together; it began in line 1',
    ],
    ['a label twice', 'a{x="1",x="2"} 1\n', '1:9 the label x stands twice in one sample'],
    ['a label without quotes', 'a{x=1} 1\n', '1:3 a label must be name="value" here'],
    ['a raw quote in a value', 'a{x="1"2"} 1\n', '1:8 a comma or } must follow a label'],
    ['no value', 'a{x="1"}\n', '1:9 a value must follow, after one space'],
    ['a value that is none', 'a one\n', '1:2 a value must follow, after one space'],
    ['a name that is none', '1a 1\n', '1:1 a line must be a comment or begin with the name of a metric'],
    ['no line feed at the end', 'a 1', '1:1 the last line must end with a line feed'],
    ['an empty line in OpenMetrics', 'a 1\n\n# EOF\n', '2:1 OpenMetrics has no empty lines'],
    ['a web page', '<!doctype html>\n', '1:1 a line must be a comment or begin with the name of a metric'],
  ])('Should refuse %s with its place', (_, text, message) => {
    expect(() => parsed(text)).toThrow(message)
  })

  it('Should never throw, whatever it is given', () => {
    const line = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a#{}"=\\ T1\n]*$/))
    expect(() => fc.assert(fc.property(line, (text) => void parseExposition(text)))).not.toThrow()
  })
})
