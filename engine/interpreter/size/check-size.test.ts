import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { jsonBytes, limits } from '../../core/limits.ts'
import type { RunStart } from '../../definition/workflow-ir.ts'
import { TaskFailed } from '../../kinds/steps.ts'
import { compileTest } from '../testing/compile.ts'
import { carriedSizeError, checkSize, resultSizeError, sizeError } from './check-size.ts'

/** A text whose JSON has this many bytes. */
const text = (bytes: number): string => 'x'.repeat(bytes - 2)
const sized = (value: JsonValue) => ({ thing: 'input of tool "a"', value, place: 'w.yaml:3' })

function nested(depth: number): JsonValue {
  let value: JsonValue = 1
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

describe('the size of a value', () => {
  it('Should be an error past the limit, and not at it', () => {
    expect(sizeError(sized(text(limits.payloadBytes)))).toBeUndefined()
    expect(sizeError(sized(text(limits.payloadBytes + 1)))).toEqual({
      type: 'LimitExceeded',
      message:
        'w.yaml:3: input of tool "a" is 2,000,001 bytes; at most 2,000,000 bytes can be sent',
      cause: { thing: 'input of tool "a"', bytes: 2_000_001, limit: 2_000_000, place: 'w.yaml:3' },
    })
    expect(sizeError(sized('abc'), 4)).toMatchObject({ cause: { bytes: 5, limit: 4 } })
  })

  it('Should say that a value is nested too deep, which has no size', () => {
    expect(sizeError(sized(nested(5_000)), 10)).toEqual({
      type: 'LimitExceeded',
      message: 'w.yaml:3: input of tool "a" is nested too deep; at most 10 bytes can be sent',
      cause: { thing: 'input of tool "a"', limit: 10, place: 'w.yaml:3' },
    })
  })

  it('Should fail the task, and say which limit it exceeded', () => {
    expect(() => checkSize(sized('abc'), 'tool_input')).not.toThrow()
    const refused = () => checkSize(sized(text(limits.payloadBytes + 1)), 'tool_input')
    expect(refused).toThrow(TaskFailed)
    expect(refused).toThrow(expect.objectContaining({ limit: 'tool_input', errors: [] }) as Error)
  })

  it('Should be that of the outputs, which stand in the file, or of the result of a task', () => {
    const large = text(limits.payloadBytes + 1)
    const outputs = { t: 'lit', value: 1 } as const
    expect(resultSizeError('small', 'w.yaml:3:5', undefined)).toBeUndefined()
    expect(resultSizeError(large, 'w.yaml:3:5', undefined)!.message).toMatch(
      /^w\.yaml:3:5: the run's result is /,
    )
    expect(resultSizeError(large, 'w.yaml:3:5', outputs)!.message).toMatch(
      /^w\.yaml: the workflow's outputs is /,
    )
  })
})

describe('the size of what a run carries', () => {
  const definition = compileTest({
    tasks: [
      { id: 'a', tool: 'echo', on_success: { next: 'b' } },
      { id: 'b', tool: 'echo' },
    ],
  })
  const startWith = (input: JsonValue): RunStart => ({
    definition,
    sha256: '',
    input,
    trigger: { type: 'api' },
  })
  const carrying = (records: JsonObject) => ({ startedAt: 0, records })
  /** What the run carries around the text of a task. */
  const around = jsonBytes(carrying({ a: '', b: '' }))

  it('Should be an error past the limit that names the task which holds most', () => {
    const fits = carrying({ a: 'x'.repeat(limits.carriedBytes - around), b: '' })
    expect(carriedSizeError(startWith(null), fits)).toBeUndefined()
    const over = carrying({ a: 'x', b: 'x'.repeat(limits.carriedBytes - around) })
    expect(carriedSizeError(startWith(null), over)).toEqual({
      type: 'LimitExceeded',
      task: 'b',
      message:
        'test.yaml:1:1: what the run carries when it continues as new (most of it of task "b") is 2,000,001 bytes; at most 2,000,000 bytes can be sent',
      cause: {
        thing: 'what the run carries when it continues as new (most of it of task "b")',
        bytes: 2_000_001,
        limit: 2_000_000,
        place: 'test.yaml:1:1',
      },
    })
  })

  it('Should leave room for the definition and the input beside it', () => {
    const input = text(1_000_000)
    const room = limits.payloadBytes + 90_000 - 4_096 - 1_000_000 - jsonBytes(definition as never)
    const fits = carrying({ a: 'x'.repeat(room - around), b: '' })
    expect(carriedSizeError(startWith(input), fits)).toBeUndefined()
    const over = carrying({ a: 'x'.repeat(room - around + 1), b: '' })
    expect(carriedSizeError(startWith(input), over)).toMatchObject({ cause: { limit: room } })
  })

  it('Should name the workflow where no task of it holds anything', () => {
    const empty = { startedAt: 0, records: {}, more: text(limits.carriedBytes) }
    expect(carriedSizeError(startWith(null), empty)).toMatchObject({
      task: '',
      cause: { place: 'test' },
    })
  })
})
