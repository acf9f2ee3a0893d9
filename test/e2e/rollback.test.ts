import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { freePort } from '../../engine/infra/temporal/dev-server/free-port.ts'
import { call, closed, execution, startRun, taskReaches } from '../support/api.ts'
import { copyProject, eventually, runCompozy, startCompozy } from '../support/compozy.ts'
import { startPrometheus } from '../support/prometheus.ts'

/**
 * docs/operate/rollback.md, carried out step by step on an engine with an open run and a Prometheus
 * that scrapes it.
 */
it('Should switch monitoring off in four steps, each of which shows that it worked, without touching a run', async () => {
  const project = copyProject('examples/quickstart')
  onTestFinished(project.remove)
  const port = await freePort('127.0.0.1')
  const api = `http://127.0.0.1:${port}`
  const args = ['dev', '--cwd', project.dir, '--port', String(port), '--temporal-port', '0']
  const jobs = [{ job_name: 'compozy', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }]
  const global = { scrape_interval: '500ms' }
  const prometheus = await startPrometheus(stringify({ global, scrape_configs: jobs }))
  onTestFinished(() => prometheus.stop())
  const up = async () => (await prometheus.query('up{job="compozy"}')).map(({ value }) => value)
  const metrics = async () => (await fetch(`${api}/metrics`)).status
  const shown: Record<string, object> = {}

  let engine = await startCompozy(args)
  onTestFinished(() => engine.kill())
  const run = await startRun(api, 'order', { items: [{ sku: 'piano' }] })
  await taskReaches(api, run, 'approval', 'running')
  await eventually(up, ([value]) => value === 1)
  shown['before'] = {
    metrics: engine.ready.metrics !== null,
    status: await metrics(),
    up: (await up())[0],
  }

  expect(await engine.stop()).toBe(0)
  engine = await startCompozy(args, { env: { MONITORING_ENABLED: 'false' } })
  expect((await execution(api, run)).status).toBe('running')
  await eventually(up, ([value]) => value === 0)
  shown['1, the variable'] = {
    metrics: engine.ready.metrics,
    status: await metrics(),
    up: (await up())[0],
  }

  const file = join(project.dir, 'compozy.yaml')
  const yaml = readFileSync(file, 'utf8')
  expect(yaml).toContain('enabled: true')
  writeFileSync(file, yaml.replace('enabled: true', 'enabled: false'))
  const validated = await runCompozy(['validate', '--cwd', project.dir])
  shown['2, the file'] = { validate: validated.code }

  expect(await engine.stop()).toBe(0)
  engine = await startCompozy(args)
  shown['3, redeployed without the variable'] = {
    metrics: engine.ready.metrics,
    status: await metrics(),
    ready: 200,
  }

  const without = await startPrometheus(stringify({ global, scrape_configs: [] }))
  onTestFinished(() => without.stop())
  const { activeTargets } = await without.api<{ activeTargets: unknown[] }>('targets')
  shown['4, no longer scraped'] = { targets: activeTargets.length }

  await call(api, 'POST', `/api/v0/executions/workflows/${run}/signals/approve`, { approved: true })
  expect(await closed(api, run)).toMatchObject({ status: 'completed', output: { status: 'paid' } })
  shown['the run that was open all the while'] = { status: (await execution(api, run)).status }
  expect(await engine.stop()).toBe(0)
  expect(shown).toEqual({
    before: { metrics: true, status: 200, up: 1 },
    '1, the variable': { metrics: null, status: 404, up: 0 },
    '2, the file': { validate: 0 },
    '3, redeployed without the variable': { metrics: null, status: 404, ready: 200 },
    '4, no longer scraped': { targets: 0 },
    'the run that was open all the while': { status: 'completed' },
  })
})
