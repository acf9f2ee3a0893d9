/** Reads vitest's JSON report: what passed, what failed, and with which message. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** Reads a report; each file is named from the project's root. */
export function readReport(file) {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'))
  return testResults.map((result) => ({ ...result, name: relative('.', result.name) }))
}

/**
 * The failures of a report, as place and message. A file that breaks before its first test is one
 * failure.
 */
export function failuresOf(files) {
  return files
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter((test) => test.status === 'failed')
      if (failed.length === 0) return [{ file: name, place: name, message }]
      return failed.map((test) => ({
        file: name,
        place: `${name} > ${test.fullName}`,
        message: test.failureMessages.join('\n'),
      }))
    })
}

/** The places of the tests that passed. */
export function passedOf(files) {
  return files.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter((test) => test.status === 'passed')
      .map((test) => `${name} > ${test.fullName}`),
  )
}
