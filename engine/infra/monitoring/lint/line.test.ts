import { describe, expect, it } from 'vitest'
import type { TextFormat } from '../exposition/format.ts'
import { numberOf, readMetadata, readSample, Refusal } from './line.ts'

/** What a line is refused with, as `column message`. */
function refusal(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof Refusal) return `${error.column} ${error.message}`
    throw error
  }
  return 'read'
}

const sample = (text: string, format: TextFormat = 'openmetrics') => {
  const { labels, ...rest } = readSample(text, format)
  return { ...rest, labels: Object.fromEntries(labels) }
}

describe('a number', () => {
  it.each([
    ['1', 1],
    ['+1.', 1],
    ['-1.5', -1.5],
    ['.5', 0.5],
    ['1e3', 1_000],
    ['1.5E-3', 0.0015],
    ['12e+10', 12e10],
    ['Inf', Infinity],
    ['+inf', Infinity],
    ['-INFINITY', -Infinity],
    ['10', 10],
  ])('Should be read: %s', (text, value) => {
    expect(numberOf(text)).toBe(value)
  })

  it.each(['', 'x', '1x', 'x1', '1 ', '--1', '.', 'e5', '1e', '1.2.3', '0x10', 'infinit', '1_000'])(
    'Should be NaN: %j',
    (text) => expect(numberOf(text)).toBeNaN(),
  )
})

describe('a sample line', () => {
  it.each<[string, object]>([
    ['a 1', { name: 'a', labels: {}, value: 1 }],
    ['a:b_9 -1.5', { name: 'a:b_9', labels: {}, value: -1.5 }],
    ['a{} 1', { name: 'a', labels: {}, value: 1 }],
    ['a .25 12.75', { name: 'a', labels: {}, value: 0.25 }],
    ['a 1 .75', { name: 'a', labels: {}, value: 1 }],
    ['a 1 1e+12', { name: 'a', labels: {}, value: 1 }],
    ['a 1 -1.5E10', { name: 'a', labels: {}, value: 1 }],
    ['a{x="1",_y9="2"} 1', { name: 'a', labels: { x: '1', _y9: '2' }, value: 1 }],
    [String.raw`a{x="\\n\n\"\q"} 1`, { name: 'a', labels: { x: '\\n\n"\\q' }, value: 1 }],
    ['a{x=""} 1 1.5', { name: 'a', labels: { x: '' }, value: 1 }],
    ['a_total 1 # {} 1', { name: 'a_total', labels: {}, value: 1, exemplarAt: 13 }],
    ['a_total 1 5 # {t="1"} 1 2', { name: 'a_total', labels: {}, value: 1, exemplarAt: 15 }],
  ])('Should be read in OpenMetrics: %s', (text, read) => {
    expect(sample(text)).toEqual(read)
  })

  it.each<[string, object]>([
    ['\ta  1', { name: 'a', labels: {}, value: 1 }],
    [' a\t{ x\t= "1" ,\ty="2" , }\t1 -5', { name: 'a', labels: { x: '1', y: '2' }, value: 1 }],
  ])('Should allow blanks in the text format: %j', (text, read) => {
    expect(sample(text, 'text')).toEqual(read)
  })

  it.each<[string, TextFormat, string]>([
    [' a 1', 'openmetrics', '1 a line must be a comment or start with a metric name'],
    ['a {x="1"} 1', 'openmetrics', '3 a value must be a number'],
    ['a{x ="1"} 1', 'openmetrics', '4 = must follow the label x'],
    ['a{x= "1"} 1', 'openmetrics', '5 the value of x must be in double quotes, with \\ as escape'],
    ['a{x="1" } 1', 'openmetrics', '8 a comma or } must follow a label'],
    ['a{ x="1"} 1', 'openmetrics', '3 a label must be name="value" here'],
    ['a{x="1",x="2"} 1', 'openmetrics', '9 the label x is repeated'],
    ['a{9x="1"} 1', 'openmetrics', '3 a label must be name="value" here'],
    ['a{x="1"', 'openmetrics', '8 a comma or } must follow a label'],
    ['a{x="1",', 'openmetrics', '9 a label must be name="value" here'],
    ['a{x="1",__name__="b"} 1', 'openmetrics', '9 the label __name__ is the name of the metric'],
    ['a\t1', 'openmetrics', '2 a value must follow, after a space'],
    ['a 1\t5', 'openmetrics', '4 only a timestamp may follow a value'],
    ['a 1 x', 'openmetrics', '5 expected a timestamp in seconds or the end of the line'],
    ['a 1 5 6', 'openmetrics', '6 unexpected text after the sample'],
    ['a 1 # x', 'openmetrics', '4 unexpected text after the sample'],
    ['a 1 # {t="1"} x', 'openmetrics', "15 the exemplar's value must be a number"],
    [
      'a 1 # {t="1"} 1 x',
      'openmetrics',
      '17 expected a timestamp in seconds or the end of the line',
    ],
    ['a 1 # {t="1"} 1 2 3', 'openmetrics', '18 unexpected text after the sample'],
    ['a 1 # {t="1"} 1', 'text', '5 only OpenMetrics has exemplars'],
    ['a 1 ', 'text', '5 expected a timestamp in whole milliseconds or the end of the line'],
    ['a 1 5.5', 'text', '6 unexpected text after the sample'],
    [
      String.raw`a{x="\q"} 1`,
      'text',
      '5 the value of x must be in double quotes, with \\ as escape',
    ],
  ])('Should be refused: %j in %s', (text, format, message) => {
    expect(refusal(() => sample(text, format))).toBe(message)
  })

  it('Should count the characters of an exemplar, not its code units', () => {
    const exemplar = (value: string) => `a 1 # {t="${value}"} 1`
    expect(refusal(() => sample(exemplar('😀'.repeat(127))))).toBe('read')
    expect(refusal(() => sample(exemplar('😀'.repeat(128))))).toBe(
      "7 an exemplar's labels have at most 128 characters; here 129",
    )
  })
})

describe('a metadata line', () => {
  it.each<[string, TextFormat, object | undefined]>([
    ['# HELP a Of a.', 'text', { word: 'HELP', name: 'a', rest: 'Of a.', restAt: 10 }],
    ['# TYPE a', 'text', { word: 'TYPE', name: 'a', rest: '', restAt: 9 }],
    [' #\tHELP \ta \t x', 'text', { word: 'HELP', name: 'a', rest: 'x', restAt: 14 }],
    ['#TYPE a  gauge', 'text', { word: 'TYPE', name: 'a', rest: 'gauge', restAt: 10 }],
    ['# HELP a x\\\\y\\n', 'text', { word: 'HELP', name: 'a', rest: 'x\\\\y\\n', restAt: 10 }],
    ['# TYPE a x\\q', 'text', { word: 'TYPE', name: 'a', rest: 'x\\q', restAt: 10 }],
    ['# HELPER a', 'text', undefined],
    ['#x # HELP a y', 'text', undefined],
    ['# UNIT a seconds', 'text', undefined],
    ['# any HELP a x', 'text', undefined],
    ['# UNIT a_s s', 'openmetrics', { word: 'UNIT', name: 'a_s', rest: 's', restAt: 12 }],
    ['# HELP a  x', 'openmetrics', { word: 'HELP', name: 'a', rest: ' x', restAt: 10 }],
    ['# HELP a \\q', 'openmetrics', { word: 'HELP', name: 'a', rest: '\\q', restAt: 10 }],
    ['# TYPE a', 'openmetrics', { word: 'TYPE', name: 'a', rest: '', restAt: 9 }],
  ])('Should be read, or be a comment: %j in %s', (text, format, read) => {
    expect(readMetadata(text, format)).toEqual(read)
  })

  it.each<[string, TextFormat, string]>([
    ['# HELP', 'text', '7 a metric name must follow HELP'],
    ['# HELP ', 'text', '8 a metric name must follow HELP'],
    ['# HELP', 'openmetrics', '7 a metric name must follow HELP'],
    ['# TYPE 9', 'text', '8 a metric name must follow TYPE'],
    ['# TYPE a{', 'text', '9 a space must follow the name in a TYPE line'],
    ['# HELP a x\\', 'text', '11 only \\\\ and \\n are escapes of help'],
    ['# HELP a \\n\\q', 'text', '12 only \\\\ and \\n are escapes of help'],
    ['# TYPE a\tgauge', 'openmetrics', '9 a space must follow the name in a TYPE line'],
    [
      '#  TYPE a gauge',
      'openmetrics',
      '1 OpenMetrics has no comments but HELP, TYPE, UNIT and EOF',
    ],
    [
      ' # TYPE a gauge',
      'openmetrics',
      '1 OpenMetrics has no comments but HELP, TYPE, UNIT and EOF',
    ],
    ['# TYPES a', 'openmetrics', '1 OpenMetrics has no comments but HELP, TYPE, UNIT and EOF'],
  ])('Should be refused: %j in %s', (text, format, message) => {
    expect(refusal(() => readMetadata(text, format))).toBe(message)
  })
})
