/**
 * Prints "N passed, N failed" for the steps and lanes of `.ci/run`; exits 1 when anything failed.
 * Arguments: steps that passed, steps that failed, then `REPORT=EXIT_CODE` for each lane (vitest's
 * JSON report).
 */
import { existsSync, readFileSync } from 'node:fs'

/**
 * Counts one lane. A file that breaks before its first test is one failure; so is a lane without a
 * report.
 */
function countLane(file, exitCode) {
  if (!existsSync(file)) {
    console.error(`${file} is missing; the test runner did not finish`)
    return { passed: 0, failed: 1 }
  }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = report.numFailedTests + broken.length
  return { passed: report.numPassedTests, failed: failed === 0 && exitCode !== '0' ? 1 : failed }
}

const [passedSteps, failedSteps, ...lanes] = process.argv.slice(2)
let passed = Number(passedSteps)
let failed = Number(failedSteps)
for (const lane of lanes) {
  const [file, exitCode] = lane.split('=')
  const counts = countLane(file, exitCode)
  passed += counts.passed
  failed += counts.failed
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
