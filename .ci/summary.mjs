/**
 * Prints each failure with its message, then "N passed, N failed" for the steps and lanes of
 * `.ci/run`; exits 1 when anything failed. Arguments: number of steps that passed, the failed steps
 * in one text (one a line), then `REPORT=EXIT_CODE` for each lane (vitest's JSON report). Beside a
 * report may stand `REPORT.again`, of the files that were run a second time: what passes there
 * counts as passed and is printed as flaky.
 */
import { existsSync } from 'node:fs'

import { failuresOf, passedOf, readReport } from './report.mjs'

/** Lines of a failure's message that are printed: enough for the assertion and its place. */
const MESSAGE_LINES = 25

/** Prints one failure: where it happened, then the start of what it said. */
function print(kind, { place, message }) {
  console.log([`${kind}: ${place}`, ...message.split('\n').slice(0, MESSAGE_LINES)].join('\n    '))
}

/** Counts one lane. A lane without a report is one failure. */
function countLane(file, exitCode) {
  if (!existsSync(file)) {
    print('failed', { place: file, message: 'no report: the test runner did not finish' })
    return { passed: 0, failed: 1 }
  }
  const first = readReport(file)
  const again = existsSync(`${file}.again`) ? readReport(`${file}.again`) : []
  const wholeFiles = again.filter(({ status }) => status === 'passed').map(({ name }) => name)
  const passedAgain = new Set([...passedOf(again), ...wholeFiles])
  const failures = failuresOf(first)
  const failed = failures.filter(({ place }) => !passedAgain.has(place))
  for (const failure of failures) {
    print(passedAgain.has(failure.place) ? 'flaky (passed when run again)' : 'failed', failure)
  }
  const passed = passedOf(first).length + failures.length - failed.length
  if (failures.length > 0 || exitCode === '0') return { passed, failed: failed.length }
  print('failed', {
    place: file,
    message: `the test runner exited with ${exitCode}, but no test failed`,
  })
  return { passed, failed: 1 }
}

const [passedSteps, stepsText, ...lanes] = process.argv.slice(2)
const failedSteps = stepsText.split('\n').filter((step) => step !== '')
for (const step of failedSteps) print('failed', { place: step, message: 'see its output above' })
let passed = Number(passedSteps)
let failed = failedSteps.length
for (const lane of lanes) {
  const [file, exitCode] = lane.split('=')
  const counts = countLane(file, exitCode)
  passed += counts.passed
  failed += counts.failed
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
