/**
 * Prints the files that failed in a report, one a line. A lane fills the machine with real servers
 * and browsers, so `.ci/run` runs them once more, alone. What passes then is still named as flaky.
 */
import { failuresOf, readReport } from './report.mjs'

const [report] = process.argv.slice(2)
const files = failuresOf(readReport(report)).map(({ file }) => file)
for (const file of new Set(files)) console.log(file)
