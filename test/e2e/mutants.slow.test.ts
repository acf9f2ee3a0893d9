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

it('Should notice a sample of the mutants of monitoring, interpreter and compiler', () => {
  const { status, output } = mutants('--sample', '60', '--seed', '1', '--threshold', '85')
  expect(output).toMatch(/^60 of \d+ mutants/m)
  expect(status, output).toBe(0)
})

it('Should fail, and name what survives, where no test judges the code', () => {
  const limit = 'engine/infra/monitoring/families/name-limit.ts'
  const { status, output } = mutants(limit, '--tests', 'test/mutants/sample.test.ts')
  expect(output).toContain(`${limit}:30 EqualityOperator, no coverage\n  - known.size >= limit`)
  expect(status).toBe(1)
})

it('Should refuse a path that holds no code, and accept none that changed', () => {
  expect(mutants('engine/nowhere').status).toBe(2)
  expect(mutants('--since', 'HEAD', 'engine/template').output).toContain('0 of 0 mutants')
})
