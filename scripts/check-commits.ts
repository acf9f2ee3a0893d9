/**
 * `npm run check:commits`: checks the summary of every commit since the form was agreed on. Without
 * git, or in a shallow clone that lacks the first of them, it says so and passes.
 */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { summaryFault } from './commit-form.ts'

/** The last commit before the form was agreed on. */
const since = '66ccbbc'
const root = resolve(import.meta.dirname, '..')

function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}

const log = git('log', '--no-merges', '--format=%h %s', `${since}..HEAD`)
if (log === undefined) {
  console.log(`commit messages: not checked; git or its history back to ${since} is missing here`)
} else {
  const faults = log.split('\n').flatMap((line) => {
    const summary = line.slice(line.indexOf(' ') + 1)
    const fault = line === '' ? undefined : summaryFault(summary)
    return fault === undefined ? [] : [`  ${line}\n    ${fault}`]
  })
  if (faults.length > 0) {
    console.error(
      `commit messages with another form than CONTRIBUTING.md asks for:\n${faults.join('\n')}`,
    )
    process.exitCode = 1
  }
}
