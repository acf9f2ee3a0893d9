/**
 * `npm run bench:guard`: the quick scenarios of bounds.ts against their bounds; exit code 1 where
 * one is broken.
 */
import { bounds } from './bounds.ts'
import type { Scenario } from './scenario.ts'
import { cli } from './scenarios/cli.ts'
import { record } from './scenarios/record.ts'
import { scrape } from './scenarios/scrape.ts'
import { validation } from './scenarios/validation.ts'
import { watching } from './scenarios/watching.ts'
import { tenCalls } from './scenarios/workflow.ts'
import { seeded } from './statistics.ts'

const scenarios: readonly Scenario[] = [record, scrape, validation, cli, tenCalls, watching]

let broken = 0
for (const scenario of scenarios) {
  const { figures } = await scenario.run({
    quick: true,
    random: seeded(1),
    progress: () => undefined,
  })
  for (const [name, bound] of Object.entries(bounds[scenario.name] ?? {})) {
    const { value, low, high } = figures[name]!
    const passes = low <= bound
    if (!passes) broken++
    const shown = [value, low, high].map((each) => each.toPrecision(3))
    console.log(
      `${passes ? 'ok    ' : 'BROKEN'} ${scenario.name} ${name} ${shown[0]} [${shown[1]}, ${shown[2]}], bound ${bound}`,
    )
  }
}
process.exitCode = broken === 0 ? 0 : 1
