/**
 * Prints the end-to-end files that failed in a report, one a line. They share the machine with real
 * servers and browsers, so `.ci/run` runs them once more, alone. A unit test gets no second try.
 */
import { failuresOf, readReport } from './report.mjs'

const [report] = process.argv.slice(2)
const files = failuresOf(readReport(report)).map(({ file }) => file)
for (const file of new Set(files)) if (file.startsWith('test/e2e/')) console.log(file)
