import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../engine/core/logger.ts'
import { monitoringDefaults } from '../engine/infra/monitoring/config.ts'
import { createMonitoringService } from '../engine/infra/monitoring/index.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/develop/add-a-metric.md'), 'utf8')
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!)

type Run = (metrics: unknown) => Promise<void>

/** A block as a function of `metrics`; no block of the page needs more. */
function toFunction(code: string): Run {
  const AsyncFunction = (async () => undefined).constructor as new (
    name: string,
    body: string,
  ) => Run
  return new AsyncFunction('metrics', code)
}

describe('the code of the page about metrics', () => {
  it('Should do what the page says', async () => {
    expect(blocks).toHaveLength(2)
    const monitoring = await createMonitoringService({
      config: { ...monitoringDefaults, enabled: true },
      build: { version: '1', commit: 'a' },
      workflows: [],
      tools: [],
      logger: silentLogger,
    })
    for (const block of blocks) await toFunction(block)(monitoring.metrics)
    const app = Fastify()
    monitoring.http.registerEndpoint(app)
    const { body } = await app.inject('/metrics')
    await app.close()
    await monitoring.dispose()
    expect(body).toContain('acme_sign_ups_total{plan="pro"} 1\n')
    expect(body).toContain('acme_jobs_total{kind="nightly"} 2\n')
  })
})
