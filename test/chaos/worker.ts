/**
 * A worker in a separate process, to be killed: `worker.ts ADDRESS NAMESPACE BUNDLE`. Prints
 * its metrics URL.
 */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import Fastify from 'fastify'
import { silentLogger } from '../../engine/core/logger.ts'
import { monitoringDefaults } from '../../engine/infra/monitoring/config.ts'
import { createMonitoringService } from '../../engine/infra/monitoring/index.ts'
import { chaosTypes, taskQueue } from './types.ts'

const [address = '', namespace = '', codePath = ''] = process.argv.slice(2)

Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  shutdownSignals: [],
  telemetryOptions: { logging: { forward: {}, filter: 'off' } },
})
const monitoring = await createMonitoringService({
  config: { ...monitoringDefaults, enabled: true },
  build: { version: '0', commit: 'chaos' },
  workflows: chaosTypes.map((id) => ({ id, taskTypes: [] })),
  tools: [],
  logger: silentLogger,
})
const connection = await NativeConnection.connect({ address })
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowBundle: { codePath },
  sinks: monitoring.temporal.sinks,
  maxCachedWorkflows: 2,
})
monitoring.temporal.observeEvictions(worker)
const app = Fastify()
monitoring.http.registerEndpoint(app)
const url = await app.listen({ port: 0, host: '127.0.0.1' })
const running = worker.run()
process.stdout.write(`${url}/metrics\n`)
// SIGTERM ends the worker and leaves the numbers to be read; the process ends when its input does.
process.once('SIGTERM', () => worker.shutdown())
process.stdin.resume().once('end', () => process.exit(0))
await running
process.stdout.write('stopped\n')
