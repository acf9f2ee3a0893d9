/**
 * `npm run chaos`: prints each fault as it comes, then the report, and exits with 1 when a promise
 * did not hold. `CHAOS_SEED` repeats a run, `CHAOS_SECONDS` sets its length, `CHAOS_ONLY` names the
 * beginning of the faults to strike with.
 */
import { markdownOf, problemsOf } from './chaos-report.ts'
import { runChaos } from './run-chaos.ts'

const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 100_000)
const seconds = Number(process.env['CHAOS_SECONDS'] ?? 1_200)

console.log(`chaos of ${seconds} s, seed ${seed}`)
const report = await runChaos({
  seed,
  seconds,
  only: process.env['CHAOS_ONLY'] ?? '',
  print: (line) => console.log(line),
})
console.log(`\n${markdownOf(report)}\n`)
const problems = problemsOf(report)
for (const problem of problems) console.log(`NOT HELD: ${problem}`)
if (problems.length === 0) console.log('every promise held')
process.exitCode = problems.length === 0 ? 0 : 1
