/** The last lines of `.ci/run` say what failed and how. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')

/** A report of one end-to-end file with one test and of one unit test that passes. */
function report(status: 'passed' | 'failed') {
  const file = (
    name: string,
    result: string,
    fullName: string,
    failureMessages: string[] = [],
  ) => ({
    name: path.join(root, name),
    status: result,
    message: '',
    assertionResults: [{ status: result, fullName, failureMessages }],
  })
  return JSON.stringify({
    testResults: [
      file('test/e2e/runs.test.ts', status, 'Should run', ['Error: expected 1 to be 2']),
      file('engine/core/unit.test.ts', 'passed', 'Should count'),
    ],
  })
}

function run(script: string, ...args: string[]) {
  const { stdout, status } = spawnSync('node', [path.join('.ci', script), ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { stdout, status }
}

describe('the end of a CI run', () => {
  let folder: string
  let lane: string

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ci-summary-'))
    lane = path.join(folder, 'lane.json')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('Should name a failed test with its message, and fail', () => {
    writeFileSync(lane, report('failed'))
    const { stdout, status } = run('summary.mjs', '2', '', `${lane}=1`)
    expect(stdout).toBe(
      'failed: test/e2e/runs.test.ts > Should run\n    Error: expected 1 to be 2\n3 passed, 1 failed\n',
    )
    expect(status).toBe(1)
  })

  test('Should print no failure where everything passed', () => {
    writeFileSync(lane, report('passed'))
    expect(run('summary.mjs', '2', '', `${lane}=0`)).toEqual({
      stdout: '4 passed, 0 failed\n',
      status: 0,
    })
  })

  test('Should fail for a failed step, a lane without a report, and a runner that fails alone', () => {
    writeFileSync(lane, report('passed'))
    const { stdout, status } = run('summary.mjs', '0', 'npm run x\n', `${lane}=1`, 'none.json=1')
    expect(stdout).toContain('failed: npm run x\n')
    expect(stdout).toContain('the test runner exited with 1, but no test failed')
    expect(stdout).toContain('failed: none.json\n')
    expect(stdout).toContain('2 passed, 3 failed\n')
    expect(status).toBe(1)
  })

  test('Should run failed files again, and call what passes then flaky', () => {
    writeFileSync(lane, report('failed'))
    writeFileSync(`${lane}.again`, report('passed'))
    expect(run('failed-files.mjs', lane).stdout).toBe('test/e2e/runs.test.ts\n')
    const { stdout, status } = run('summary.mjs', '0', '', `${lane}=1`)
    expect(stdout).toContain('flaky (passed when run again): test/e2e/runs.test.ts > Should run')
    expect(stdout).toContain('2 passed, 0 failed\n')
    expect(status).toBe(0)
  })

  test('Should fail for what fails again, and run nothing again where nothing failed', () => {
    writeFileSync(lane, report('failed'))
    writeFileSync(`${lane}.again`, report('failed'))
    const { stdout, status } = run('summary.mjs', '0', '', `${lane}=1`)
    expect(stdout).toContain('failed: test/e2e/runs.test.ts > Should run')
    expect(status).toBe(1)
    writeFileSync(lane, report('passed'))
    expect(run('failed-files.mjs', lane).stdout).toBe('')
  })
})
