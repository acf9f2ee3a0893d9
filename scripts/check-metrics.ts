/**
 * `npm run check:metrics`: the built engine runs a workflow of the quickstart on a real Temporal
 * server, with every group of families switched on; then `compozy metrics check` reads its
 * endpoint. Ends with the check's own exit code.
 */
import { closed, startRun } from '../test/support/api.ts'
import { copyProject, eventually, runCompozy, startCompozy } from '../test/support/compozy.ts'
import { scrape, sumOf } from '../test/support/metrics.ts'

const project = copyProject('examples/quickstart')
const engine = await startCompozy(
  ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0'],
  {
    env: {
      MONITORING_ENABLED: 'true',
      MONITORING_PROCESS: 'true',
      MONITORING_TEMPORAL_SDK: 'true',
    },
  },
)
try {
  const { api, metrics } = engine.ready
  if (metrics === null) throw new Error('the engine announces no metrics')
  const run = await closed(api, await startRun(api, 'order', { items: [{ sku: 'apple' }] }))
  if (run.status !== 'completed')
    throw new Error(`the run is ${run.status}: ${JSON.stringify(run.error)}`)
  await fetch(`${api}/nowhere`)
  // A close counts when the server has accepted it, which may be after the API knows.
  await eventually(
    () => scrape(metrics),
    ({ samples }) => sumOf(samples, 'compozy_temporal_workflow_completed_total') === 1,
  )
  const { code, stdout, stderr } = await runCompozy(['metrics', 'check', metrics])
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = code ?? 1
} finally {
  await engine.stop()
  project.remove()
}
