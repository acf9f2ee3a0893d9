/**
 * `npm run gameday [-- PART…]`: causes every fault, or those whose names hold one of these parts,
 * and prints what was heard. Keeps it in bench/results and writes docs/operate/game-day.md. Exit
 * code 1: something stayed silent, did not end, or fired without a reason.
 */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { findPrometheus3 } from './programs/prometheus-3.ts'
import { findPrometheus } from './programs/prometheus.ts'
import { faults } from '../test/gameday/faults.ts'
import { startField } from '../test/gameday/field.ts'
import { keep, readRecord } from '../test/gameday/record.ts'
import { isRight, runFault, type Verdict } from '../test/gameday/run-fault.ts'
import { pageOf, tableOf } from '../test/gameday/table.ts'

const { env } = process
const page = resolve(import.meta.dirname, '../docs/operate/game-day.md')
const parts = process.argv.slice(2)
const chosen = faults.filter(
  ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
)
if (chosen.length === 0) {
  console.error(`no fault is called so; there are:\n${faults.map(({ name }) => name).join('\n')}`)
  process.exit(2)
}

const field = await startField({
  '2.42': await findPrometheus({ env }),
  '3.16': await findPrometheus3(env),
})
const today = new Date().toISOString().slice(0, 10)
const verdicts: Verdict[] = []
try {
  for (const fault of chosen) {
    const verdict = await runFault(field, fault)
    verdicts.push(verdict)
    keep([verdict], today)
    console.log(
      `${isRight(verdict) ? 'right' : 'WRONG'}: ${fault.name} ${JSON.stringify(verdict.heard)}`,
    )
  }
} finally {
  await field.stop()
}
const record = readRecord()
console.log(tableOf(record))
writeFileSync(page, pageOf(record))
process.exit(verdicts.every(isRight) ? 0 : 1)
