import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPrometheus3 } from '../../scripts/programs/prometheus-3.ts'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { faults } from '../gameday/faults.ts'
import { startField, type Field } from '../gameday/field.ts'
import { runFault, untilCalm } from '../gameday/run-fault.ts'

/** The short arm: one page that must fire and end. `npm run gameday` has all faults. */
const chosen = ['network to Temporal cut']

describe('a short game day on Prometheus 2.42 and 3', () => {
  let field: Field
  beforeAll(async () => {
    const { env } = process
    field = await startField({
      '2.42': await findPrometheus({ env }),
      '3.16': await findPrometheus3(env),
    })
    await untilCalm(field)
  }, 900_000)
  afterAll(() => field?.stop())

  it.each(chosen)('Should page or ticket, and fall silent again: %s', async (name) => {
    const fault = faults.find((each) => each.name === name)!
    const { heard } = await runFault(field, fault)
    console.log(name, JSON.stringify(heard))
    for (const { fired, ended } of Object.values(heard)) {
      expect(Object.keys(fired).toSorted()).toEqual([...fault.expects].toSorted())
      expect(ended).toBeGreaterThanOrEqual(0)
    }
  })
})
