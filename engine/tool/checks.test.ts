import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../core/json.ts'
import { checkValue, type ToolCheck } from './checks.ts'
import { toolLimits } from './limits.ts'
import { createToolProject } from './testing/tool-project.ts'

const subject = { side: 'input', toolId: 'price', clean: (text: string) => text } as const
const nested = (levels: number): JsonValue => (levels === 0 ? 1 : [nested(levels - 1)])

describe('checkValue', () => {
  it('Should accept what its check accepts, up to the depth that is allowed', () => {
    expect(checkValue(nested(toolLimits.depth), () => [], subject)).toBeUndefined()
  })

  it.each<[string, JsonValue, ToolCheck, string]>([
    ['nests too deep', nested(toolLimits.depth + 1), () => [], '(whole) is nested too deep'],
    [
      'makes its check throw',
      {},
      () => {
        throw new RangeError('Maximum call stack size exceeded')
      },
      '(whole) cannot be checked against the schema: Maximum call stack size exceeded',
    ],
    [
      'has a violation',
      {},
      () => [{ pointer: '/a', message: 'must be a number' }],
      'input of tool "price": /a must be a number',
    ],
  ])('Should refuse a value that %s', (_, value, check, message) => {
    expect(checkValue(value, check, subject)).toMatchObject({
      type: 'InvalidToolInput',
      message: expect.stringContaining(message),
    })
  })

  it('Should bound what 60,000 long violations make of an error', () => {
    const violations = Array.from({ length: 60_000 }, (_, index) => ({
      pointer: `/${index}`,
      message: 'x'.repeat(10_000),
    }))
    const error = checkValue({}, () => violations, { ...subject, side: 'output' })
    expect(error?.type).toBe('InvalidToolOutput')
    expect(error?.message).toContain('; and 59997 more')
    expect(error?.cause?.['violations']).toHaveLength(toolLimits.violations)
    expect(JSON.stringify(error).length).toBeLessThan(20_000)
  })
})

describe('a call', () => {
  it('Should be given up after a bounded number of deliveries, and run before', async () => {
    const project = createToolProject()
    const last = await project.call('export default () => 1', { delivery: toolLimits.deliveries })
    const beyond = await project.call('export default () => 1', {
      delivery: toolLimits.deliveries + 1,
    })
    await project.remove()
    expect(project.observed.map(({ outcome }) => outcome)).toEqual(['ok', 'crashed'])
    expect(last).toEqual({ ok: true, output: 1 })
    const message = 'tool "tool": given up, its worker stopped 6 times during this call'
    expect(beyond).toEqual({ ok: false, error: { type: 'ToolCrashed', message } })
  })
})
