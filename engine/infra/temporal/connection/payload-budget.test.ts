import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../core/json.ts'
import type { CarriedState, RunStart } from '../../../definition/workflow-ir.ts'
import { compileTest } from '../../../interpreter/testing/compile.ts'
import { requireBudget, requireRerunBudget } from './payload-budget.ts'

function doubled(levels: number): JsonValue {
  let value: JsonValue = 1
  for (let level = 0; level < levels; level++) value = [value, value]
  return value
}

/** A repetition that keeps this output of a task. */
function rerunOf(output: JsonValue | undefined): RunStart {
  const definition = compileTest({ tasks: [{ id: 'a', tool: 'echo' }] })
  const start: RunStart = { definition, sha256: 'x', input: {}, trigger: { type: 'rerun' } }
  if (output === undefined) return start
  const carried: CarriedState = { startedAt: 1, records: { a: { output } } }
  return { ...start, carried }
}

describe('requireRerunBudget', () => {
  it.each([
    ['many megabytes', 'x'.repeat(5_000_000), /large: 5,00[\d,]+ bytes; at most 2,090,000 bytes/],
    ['parts that it shares', doubled(40), /large: [\d,]{17} bytes; at most 2,090,000 bytes/],
    ['deep nesting', doubled(300), /large: it nests too deep; at most/],
  ])('Should refuse to keep an output of %s', (_, output, message) => {
    expect(() => requireRerunBudget(rerunOf(output))).toThrow(message)
    expect(() => requireRerunBudget(rerunOf(output))).toThrow(/; repeat it from the start$/)
  })

  it.each([
    ['an output that fits beside the definition', 'x'.repeat(2_000_000)],
    ['nothing', undefined],
  ])('Should let a repetition keep %s', (_, output) => {
    expect(() => requireRerunBudget(rerunOf(output))).not.toThrow()
  })

  it('Should name an input that is too large, as for any run', () => {
    const start = { ...rerunOf(undefined), input: 'x'.repeat(2_000_001) }
    expect(() => requireRerunBudget(start)).toThrow(/^the input of workflow/)
    expect(() => requireBudget('it', doubled(300))).toThrow('it is too large: it nests too deep')
  })
})
