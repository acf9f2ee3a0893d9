import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

function mutants(...args: readonly string[]): { status: number | null; output: string } {
  const command = ['--import', 'tsx', 'test/mutants/main.ts', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

const instruments = 'engine/infra/monitoring/instruments'
const limit = 'engine/infra/monitoring/families/name-limit.ts'

it('Should notice a sample of the mutants of the core of monitoring', () => {
  const tests = 'engine/infra/monitoring/{instruments,families}/*.test.ts'
  const size = ['--sample', '40', '--threshold', '92']
  const { status, output } = mutants(instruments, limit, '--tests', tests, ...size)
  expect(output).toMatch(
    /^40 of \d+ mutants in \d+ files \(\d+ more do not compile\), \d+ test files, seed 1$/m,
  )
  expect(status, output).toBe(0)
})

it('Should fail, and name what survives, where no test judges the code', () => {
  const { status, output } = mutants(limit, '--tests', 'test/mutants/sample.test.ts')
  expect(output).toContain('EqualityOperator, no coverage\n  - known.size >= limit')
  expect(status).toBe(1)
})

it('Should refuse a path that holds no code', () => {
  const { status, output } = mutants('engine/nowhere')
  expect(output).toContain('mutants: no source file matches')
  expect(status).toBe(2)
})
