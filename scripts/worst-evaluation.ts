import { ActivationBudget, evaluateCondition, TemplateError } from '../engine/template/sandbox.ts'
import { parseCondition } from '../engine/template/index.ts'
import { hostileEvaluations, type HostileEvaluation } from '../engine/template/testing/hostile.ts'

/** Takes the CPU time of a hostile evaluation, by which one evaluation can hold a worker. */
function measure({ name, source, roots }: HostileEvaluation) {
  const activation = new ActivationBudget(Infinity)
  const condition = parseCondition(source, 'hostile.yaml:1:1')
  const scope = { roots, now: 0, uuid: () => '', activation }
  const start = process.cpuUsage()
  let outcome = 'value'
  try {
    evaluateCondition(condition, scope)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    outcome = error.type
  }
  const { user, system } = process.cpuUsage(start)
  const ms = (user + system) / 1_000
  return { name, ms, steps: Math.round(activation.spent), outcome }
}

hostileEvaluations.slice(0, 5).map(measure) // the first calls compile
const rows = hostileEvaluations.map(measure).sort((a, b) => b.ms - a.ms)
for (const { name, ms, steps, outcome } of rows)
  console.log(
    `${ms.toFixed(1).padStart(9)} ms ${String(steps).padStart(7)} steps  ${outcome.padEnd(13)} ${name}`,
  )
console.log(`\n${rows.length} evaluations, the worst ${rows[0]!.ms.toFixed(1)} ms`)
