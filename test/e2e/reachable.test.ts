import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, onTestFinished } from 'vitest'
import { startTemporalServer } from '../chaos/temporal-server.ts'
import { copyProject, eventually, startCompozy } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

it('Should say that Temporal is paused, back, killed and back again', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-reachable-'))
  const project = copyProject('examples/quickstart')
  const temporal = await startTemporalServer(dir)
  const args = ['--workers', '0', '--port', '0', '--temporal-address', temporal.address]
  const engine = await startCompozy(['start', '--cwd', project.dir, ...args])
  onTestFinished(async () => {
    await engine.stop()
    await temporal.end('SIGTERM')
    project.remove()
    rmSync(dir, { recursive: true, force: true })
  })
  const ask = async (): Promise<number> => {
    const { samples } = await scrape(engine.ready.metrics!)
    return sumOf(samples, 'compozy_temporal_reachable')
  }
  const becomes = (wanted: number): Promise<number> =>
    eventually(ask, (value) => value === wanted, { timeoutMs: 60_000 })

  await becomes(1)
  temporal.signal('SIGSTOP')
  await becomes(0)
  temporal.signal('SIGCONT')
  await becomes(1)
  await temporal.end('SIGKILL')
  await becomes(0)
  await temporal.start()
  await becomes(1)
})
