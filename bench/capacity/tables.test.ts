import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Figure } from '../statistics.ts'
import { withCapacityTables, type CapacityResult } from './tables.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(resolve(root, 'docs/operate/capacity.md'), 'utf8')
const file = resolve(root, 'bench/results/capacity.json')

/** A result in which every figure has this value. */
function resultOf(value: number, known: (name: string) => boolean = () => true): CapacityResult {
  const figure: Figure = { value, unit: '', low: value, high: value }
  const figures = new Proxy<Record<string, Figure>>(
    {},
    { get: (_, name) => (known(String(name)) ? figure : undefined) },
  )
  return { quick: false, valid: true, machine: { cpus: 2 }, figures }
}

describe('the tables of the page about capacity', () => {
  it.skipIf(!existsSync(file))('Should come from the committed result', () => {
    const result = JSON.parse(readFileSync(file, 'utf8')) as CapacityResult
    expect(withCapacityTables(page, result)).toBe(page)
  })

  it('Should plan processes at three fifths of what their busiest thread can do', () => {
    // 20 ms of a thread for a run: 50 runs a second are its limit, 30 are planned.
    const tables = withCapacityTables(page, resultOf(20))
    expect(tables).toContain('| 10 | 1 | 1 | 1 | 0.67 |')
    expect(tables).toContain('| 100 | 1 | 4 | 4 | 6.7 |')
    expect(tables).toContain('| 1000 | 1 | 34 | 34 | 67 |')
  })

  it('Should change with the result, and replace only the tables', () => {
    const once = withCapacityTables(page, resultOf(20))
    expect(withCapacityTables(once, resultOf(20))).toBe(once)
    expect(withCapacityTables(once, resultOf(10))).not.toBe(once)
    expect(once.split('\n')[0]).toBe(page.split('\n')[0])
  })

  it('Should name the figure that a result lacks, and the place that a page lacks', () => {
    const result = resultOf(20, (name) => name !== 'api_thread_ms_1')
    expect(() => withCapacityTables(page, result)).toThrow('has no api_thread_ms_1')
    expect(() => withCapacityTables('# A page', resultOf(20))).toThrow('capacity.md has no')
  })
})
