import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineReader } from './line-reader.ts'
import { logStreams } from '../../run-logs.ts'
import { errorLimits, toolLimits } from '../limits.ts'
import type { ThrownError } from '../sandbox/thrown-error.ts'
import { parseToolLine, type ToolLine } from './protocol.ts'

const outputLimit = 10_000
const runs = { numRuns: 2_000 }

/** Keys of every message, so that wrong values meet right keys. */
const keys = (
  'type id stream call cut text output error exports count pointer problem bytes exact name message ' +
  'stack denied imported code cause errors __proto__ constructor toString extra'
).split(' ')
const words = (
  'log ready load_failed export_missing stranded returned threw unusable too_large ' +
  'debug info warn error stdout stderr nope'
).split(' ')
const scalar = fc.oneof(
  fc.constantFrom(...words),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(0, 1, -1, 1.5, 2 ** 53, 1e308, true, false, null),
  fc.integer(),
  fc.constantFrom('x'.repeat(3_000), 'x'.repeat(70_000)),
)
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 9 }),
  ),
}))

const shortString = fc.string({ maxLength: 20 })
const thrown: fc.Arbitrary<ThrownError> = fc.record({
  name: shortString,
  message: shortString,
  stack: shortString,
  cut: fc.nat(),
  denied: fc.boolean(),
  imported: fc.boolean(),
  code: shortString,
  cause: fc.constant(null),
  errors: fc.constant([]),
})
const id = fc.integer({ min: 1, max: 1_000 })
/** Lines that fit the protocol. */
const validLine = fc.oneof(
  fc.record({
    type: fc.constant('log'),
    stream: fc.constantFrom(...logStreams),
    call: fc.option(id),
    cut: fc.nat(),
    text: shortString,
  }),
  fc.record({ type: fc.constant('ready') }),
  fc.record({ type: fc.constant('load_failed'), error: thrown }),
  fc.record({ type: fc.constant('threw'), id, error: thrown }),
  fc.record({ id, type: fc.constant('returned'), output: fc.jsonValue({ maxDepth: 5 }) }),
  fc.record({ type: fc.constant('too_large'), id, bytes: fc.nat(), exact: fc.boolean() }),
  fc.record({ type: fc.constant('stranded') }),
)

/** Reports whether a parsed line keeps the bounds that the engine relies on. */
function isBounded(line: ToolLine | undefined): boolean {
  switch (line?.type) {
    case 'log':
      return logStreams.includes(line.stream) && line.text.length <= toolLimits.consoleCharacters
    case 'threw':
    case 'load_failed':
      return line.error.message.length <= errorLimits.messageCharacters
    case 'returned':
      return line.id > 0 && JSON.stringify(line.output).length <= outputLimit
    default:
      return true
  }
}

/** Returns a value for which the predicate does not hold, undefined if there is none. */
function counterexample<T>(values: fc.Arbitrary<T>, holds: (value: T) => boolean): unknown {
  const checked = fc.check(
    fc.property(values, (value) => holds(value)),
    runs,
  )
  return checked.failed ? (checked.counterexample ?? checked.errorInstance) : undefined
}

describe('the protocol of tools', () => {
  it('Should survive any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.stringMatching(/^[[\]{}",:\\0-9a-z]{0,300}$/),
    )
    const holds = (line: string) => isBounded(parseToolLine(line, outputLimit))
    expect(counterexample(text, holds)).toBeUndefined()
  })

  it('Should accept nothing that breaks a bound, whatever the keys hold', () => {
    const holds = (value: unknown) =>
      isBounded(parseToolLine(JSON.stringify(value) ?? 'undefined', outputLimit))
    expect(counterexample(anything, holds)).toBeUndefined()
  })

  it('Should accept every line that fits, exactly as it is', () => {
    fc.assert(
      fc.property(validLine, (line) => {
        const json = JSON.stringify(line)
        if (json.includes('__proto__')) return
        expect(parseToolLine(json, outputLimit)).toEqual(JSON.parse(json))
      }),
      runs,
    )
  })

  it('Should refuse a line with a key that its type does not have', () => {
    const extra = fc.record({ line: validLine, key: fc.constantFrom(...keys), value: anything })
    const holds = ({ line, key, value }: { line: object; key: string; value: unknown }) => {
      const isOwn = Object.hasOwn(line, key) || (key === 'id' && !('id' in line))
      const changed = JSON.stringify({ ...line, [key]: value ?? null })
      const parsed = parseToolLine(changed, outputLimit)
      return isBounded(parsed) && (isOwn || parsed === undefined || parsed.type === 'unusable')
    }
    expect(counterexample(extra, holds)).toBeUndefined()
  })

  it('Should read the same lines in whatever pieces they arrive', () => {
    const lines = fc.array(fc.oneof(fc.constant('T{"a":1}'), shortString, fc.constant('Tx')))
    const cuts = fc.array(fc.nat(300))
    fc.assert(
      fc.property(lines, cuts, (parts, places) => {
        const text = parts.map((line) => `\n${line}\n`).join('')
        const ends = [...new Set(places)].sort((a, b) => a - b)
        const pieces = [...ends, text.length].map((end, i) => text.slice(ends[i - 1] ?? 0, end))
        expect(readAll(pieces)).toEqual(readAll([text]))
      }),
      runs,
    )
  })

  it('Should keep no more of a line than its limit', () => {
    const got = readAll([`T${'x'.repeat(400)}`, 'y'.repeat(1_000), '\nT1\n'], 500)
    expect(got).toEqual([['too long', '']])
    expect(readAll([`T${'x'.repeat(400)}`, 'y'.repeat(50), '\nT1\n'], 500)).toHaveLength(2)
  })
})

function readAll(pieces: readonly string[], longest = 100_000): [string, string][] {
  const got: [string, string][] = []
  const reader = createLineReader(
    { token: 'T', longest },
    {
      onMessage: (json) => got.push(['message', json]),
      onNoise: (line) => got.push(['noise', line]),
      onTooLong: () => got.push(['too long', '']),
    },
  )
  for (const piece of pieces) reader.read(piece)
  return got
}
