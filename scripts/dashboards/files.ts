import { dashboard } from './dashboard.ts'
import { overview } from './overview.ts'
import { runtime } from './runtime.ts'
import { workflows } from './workflows.ts'

/** What every dashboard asks, with the place where it asks. */
export const specs = [overview, workflows, runtime] as const

/** Every dashboard as JSON, by its path from the root. */
export function dashboardFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    specs.map((spec) => [
      `deploy/grafana/dashboards/${spec.uid}.json`,
      `${JSON.stringify(dashboard(spec), null, 2)}\n`,
    ]),
  )
}
