import { describe, expect, it } from 'vitest'
import { readMutantOptions } from './options.ts'

describe('options of npm run mutants', () => {
  it('Should judge everything by a fixed seed without options', () => {
    expect(readMutantOptions([])).toEqual({
      paths: [],
      tests: [],
      seed: 1,
      threshold: 95,
      workers: 2,
    })
  })

  it('Should read paths and values', () => {
    const args = ['./engine/compiler/', '--sample', '40', '--seed', '7', '--since', 'HEAD~1']
    expect(readMutantOptions([...args, '--threshold', '97.5', '--workers', '1'])).toEqual({
      paths: ['engine/compiler'],
      tests: [],
      since: 'HEAD~1',
      sample: 40,
      seed: 7,
      threshold: 97.5,
      workers: 1,
    })
  })

  it.each([
    [['--sample', '0'], '--sample is "0"; it must be a whole number from 1'],
    [['--seed', '1.5'], '--seed is "1.5"; it must be a whole number from 0'],
    [['--threshold', '101'], '--threshold is "101"; it must be a number from 0 to 100'],
    [['--threshold', ''], '--threshold is ""; it must be a number from 0 to 100'],
    [['--rate', '3'], 'Unknown option'],
  ])('Should refuse %j', (args, message) => {
    expect(() => readMutantOptions(args)).toThrow(message)
  })
})
