import { expect, it } from 'vitest'
import { errorCodes } from '../engine/core/errors.ts'
import { exitCodeOf } from './exit.ts'

it('Should end with 2 for bad input and with 1 for everything else', () => {
  const bad = errorCodes.filter((code) => exitCodeOf(code) === 2)
  expect(bad).toEqual(['usage_invalid', 'config_invalid', 'project_invalid', 'input_invalid'])
  expect(errorCodes.filter((code) => exitCodeOf(code) === 1)).toHaveLength(
    errorCodes.length - bad.length,
  )
})
