import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defined } from '../../../core/defined.ts'
import type { TextFormat } from '../exposition/format.ts'
import { parseExposition, type Parsed } from './parse.ts'

function parsed(text: string, format?: TextFormat): Parsed {
  const result = parseExposition(text, defined({ format }))
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
    const { format, families } = parsed(
      '# TYPE a counter\na_total{x="1"} 2 # {trace_id="t"} 1 1.5\n# EOF\n',
    )
    expect([format, families[0]!.name, families[0]!.samples.length]).toEqual([
      'openmetrics',
      'a',
      1,
    ])
  })

  it.each<[string, string, number]>([
    ['a comment after blanks', ' \t# any\na 1\n', 1],
    ['a hash in the value of a label', 'a{x="#"} 1\n', 1],
    ['label sets that take turns', 'a{x="1"} 1\na{y="1"} 1\nh{x="2"} 1\n', 2],
    [
      'a histogram whose label sets take turns',
      '# TYPE h histogram\nh_bucket{a="1",le="+Inf"} 1\nh_bucket{a="2",le="+Inf"} 1\nh_count{a="1"} 1\n',
      1,
    ],
    ['an empty unit', '# TYPE a gauge\n# UNIT a \na 1\n# EOF\n', 1],
  ])('Should accept %s', (_, text, families) => {
    expect(parsed(text).families).toHaveLength(families)
  })

  it('Should point to the last line where a text ends without LF', () => {
    expect(() => parsed('a 1\nb 2\nc 3')).toThrow('3:4 the last line must end with LF')
  })

  it.each<[string, string, string]>([
    ['a second TYPE', '# TYPE a gauge\n# TYPE a gauge\n', '2:1 a second TYPE line for a'],
    ['a second HELP', '# HELP a x\n# HELP a y\n', '2:1 a second HELP line for a'],
    [
      'a TYPE after samples',
      'a 1\n# TYPE a gauge\n',
      '2:1 the TYPE line of a must precede its samples',
    ],
    [
      'a type that is none',
      '# TYPE a meter\n',
      '1:10 "meter" is not a type; allowed: counter, gauge',
    ],
    ['a type of OpenMetrics', '# TYPE a info\n', '1:10 "info" is not a type'],
    ['no type', '# TYPE a\n', '1:9 "" is not a type'],
    ['metadata of nothing', '# HELP\n', '1:7 a metric name must follow HELP'],
    ['metadata of no name', '# TYPE 1a gauge\n', '1:8 a metric name must follow TYPE'],
    ['an escape in help', '# HELP a x\\q\n', '1:11 only \\\\ and \\n are escapes of help'],
    ['the same series twice', 'a{x="1",y="2"} 1\na{y="2",x="1"} 1\n', '2:1 the series is repeated'],
    ['a series and its empty label', 'a 1\na{x=""} 1\n', '2:1 the series is repeated'],
    [
      'a torn family',
      'a 1\nb 1\na{x="1"} 1\n',
      '3:1 the lines of a must be contiguous; it started in line 1, and b is in between',
    ],
    ['a label twice', 'a{x="1",x="2"} 1\n', '1:9 the label x is repeated'],
    ['a label without quotes', 'a{x=1} 1\n', '1:5 the value of x must be in double quotes'],
    ['a label that never ends', 'a{x="1} 1\n', '1:5 the value of x must be in double quotes'],
    ['an escape in a label', 'a{x="\\q"} 1\n', '1:5 the value of x must be in double quotes, with'],
    ['a raw quote in a value', 'a{x="1"2"} 1\n', '1:8 a comma or } must follow a label'],
    ['a colon in a label', 'a{x:y="1"} 1\n', '1:4 = must follow the label x'],
    [
      'the name as a label',
      'a{__name__="b"} 1\n',
      '1:3 the label __name__ is the name of the metric',
    ],
    ['no value', 'a{x="1"}\n', '1:9 a value must follow, after a space'],
    ['a value that is none', 'a one\n', '1:3 a value must be a number'],
    ['a hexadecimal value', 'a 0x1p-2\n', '1:4 only a timestamp may follow a value'],
    ['a timestamp in seconds', 'a 1 1395066363.5\n', '1:15 unexpected text after the sample'],
    [
      'a space at the end',
      'a 1 \n',
      '1:5 expected a timestamp in whole milliseconds or the end of the line',
    ],
    ['an exemplar', 'a_total 1 # {trace_id="t"} 1\n', '1:11 only OpenMetrics has exemplars'],
    ['a name that is none', '1a 1\n', '1:1 a line must be a comment or start with a metric name'],
    [
      'a histogram as one number',
      '# TYPE h histogram\nh 1\n',
      '2:1 h is a histogram; its samples must be named h_bucket',
    ],
    [
      'a name that a histogram has taken',
      '# TYPE h histogram\nh_count 1\n# TYPE h_count gauge\n',
      '3:16 h_count belongs to h, which started in line 1',
    ],
    ['no line feed at the end', 'a 1', '1:4 the last line must end with LF'],
    ['the line ends of Windows', 'a 1\r\n', '1:4 a line must end with LF, not CR LF'],
    ['a web page', '<!doctype html>\n', '1:1 a line must be a comment or start with a metric name'],
  ])('Should refuse in the text format %s, with its place', (_, text, message) => {
    expect(() => parsed(text, 'text')).toThrow(message)
  })

  it.each<[string, string]>([
    ['blanks between tokens', ' a\t{ x = "1" , y="2", }  1\t1395066363000\n'],
    ['comments and empty lines', '#\n# just so\n\n# EOF\na 1\n'],
    ['metadata without a space', '#TYPE  a\tgauge\na 1\n'],
    [
      'infinities and NaN in any case',
      'a{x="1"} +inf\na{x="2"} -Infinity\na{x="3"} nan\na{x="4"} .5e-3\n',
    ],
    ['the sum of a gauge, which is a family of its own', '# TYPE a gauge\na 1\na_sum 1\n'],
    ['any character in a value', 'a{x="ü}, \\"{=#"} 1\n'],
    ['nothing at all', ''],
  ])('Should read in the text format %s', (_, text) => {
    expect(() => parsed(text, 'text')).not.toThrow()
  })

  it.each<[string, string, string]>([
    [
      'a text that was cut off',
      '# TYPE a gauge\na 1\n',
      '2:1 OpenMetrics must end with # EOF; the text is incomplete',
    ],
    ['nothing at all', '', '1:1 OpenMetrics must end with # EOF; the text is incomplete'],
    ['lines after the end', '# EOF\na 1\n# EOF\n', '1:1 # EOF must be the last line'],
    ['an empty line', 'a 1\n\n# EOF\n', '2:1 OpenMetrics has no empty lines'],
    [
      'a comment',
      '# hello\n# EOF\n',
      '1:1 OpenMetrics has no comments but HELP, TYPE, UNIT and EOF',
    ],
    ['a type of the text format', '# TYPE a untyped\n# EOF\n', '1:10 "untyped" is not a type'],
    [
      'a counter without _total',
      '# TYPE a counter\na 1\n# EOF\n',
      '2:1 a is a counter; its samples must be named a_total',
    ],
    [
      'a family with _total',
      '# TYPE a_total counter\n# EOF\n',
      '1:16 in OpenMetrics only the samples of a counter end in _total',
    ],
    [
      'a gauge by the name of a counter',
      '# TYPE a counter\na_total 1\n# TYPE a_total gauge\n# EOF\n',
      '3:16 a_total belongs to a, which started in line 1',
    ],
    [
      'a unit that is not in the name',
      '# UNIT a seconds\n# EOF\n',
      '1:10 the name must end in its unit: a_seconds',
    ],
    ['two spaces', 'a  1\n# EOF\n', '1:3 a value must be a number'],
    [
      'a space between labels',
      'a{x="1", y="2"} 1\n# EOF\n',
      '1:9 a label must be name="value" here',
    ],
    [
      'a comma at the end of labels',
      'a{x="1",} 1\n# EOF\n',
      '1:8 no comma before } in OpenMetrics',
    ],
    [
      'an exemplar of a gauge',
      'a 1 # {t="1"} 1\n# EOF\n',
      '1:7 only counters and buckets have exemplars',
    ],
    [
      'an exemplar without a value',
      '# TYPE a counter\na_total 1 # {t="1"}\n# EOF\n',
      "2:20 the exemplar's value",
    ],
    [
      'an exemplar of 129 characters',
      `# TYPE a counter\na_total 1 # {t="${'x'.repeat(128)}"} 1\n# EOF\n`,
      "2:13 an exemplar's labels have at most 128 characters; here 129",
    ],
    [
      'label sets that alternate',
      '# TYPE h histogram\nh_sum{x="1"} 1\nh_sum{x="2"} 1\nh_count{x="1"} 1\n# EOF\n',
      '4:1 the lines of one label set must be contiguous in OpenMetrics',
    ],
  ])('Should refuse in OpenMetrics %s, with its place', (_, text, message) => {
    expect(() => parsed(text, 'openmetrics')).toThrow(message)
  })

  it.each<[string, string]>([
    ['nothing but its end', '# EOF'],
    [
      'units, creation and timestamps',
      '# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_seconds_total 1 1.5e3\na_seconds_created 1.5\n# EOF\n',
    ],
    [
      'exemplars of 128 characters',
      `# TYPE a counter\na_total 1 # {t="${'x'.repeat(127)}"} 1 1.5\n# EOF\n`,
    ],
    [
      'exemplars of buckets, without labels',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1 # {} 0.5\n# EOF\n',
    ],
    ['info', '# TYPE a info\na_info{x="1"} 1\n# EOF\n'],
  ])('Should read in OpenMetrics %s', (_, text) => {
    expect(() => parsed(text, 'openmetrics')).not.toThrow()
  })

  it('Should never throw, whatever it is given, and point into the text', () => {
    const line = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a_#{}",=\\ T1\n]*$/))
    const format = fc.constantFrom<TextFormat>('text', 'openmetrics')
    fc.assert(
      fc.property(line, format, (text, given) => {
        const result = parseExposition(text, { format: given })
        if ('families' in result) return
        expect(text.split('\n')[result.line - 1]).toBe(result.text)
        expect(result.column).toBeGreaterThan(0)
        expect(result.column).toBeLessThanOrEqual(result.text.length + 1)
      }),
    )
  })
})
