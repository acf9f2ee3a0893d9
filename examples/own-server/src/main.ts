/**
 * A Fastify server with a Temporal worker of its own, monitored by `compozy/monitoring`. Its
 * logger, log controller, routes and workflows are its own.
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { createMonitoring } from 'compozy/monitoring'
import Fastify, { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import { pino } from 'pino'
import * as activities from './activities.js'
import { approve, checkout, type Checkout } from './workflows.js'

const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233'
const taskQueue = 'checkouts'
const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info' }, pino.destination(2))

/** Logs one line a request, in a form of its own. */
class AccessLog extends LogController {
  override incomingRequest(): void {}
  override requestCompleted(_: Error | null, request: FastifyRequest, reply: FastifyReply): void {
    request.log.info({ url: request.url, status: reply.statusCode }, 'served')
  }
}

const monitoring = await createMonitoring({
  prefix: 'shop',
  build: { version: '1.0.0' },
  workflowTypes: ['checkout'],
  logger,
})
const ends = ['paid', 'declined', 'approval', 'later'] as const
const orders = monitoring.metrics.counter({
  name: 'shop_orders_total',
  help: 'Orders taken.',
  labels: { end: ends },
})
// Each series exists at 0 from the first scrape.
for (const end of ends) orders.with({ end })

const ownLog = process.env['OWN_LOG'] === 'true'
const app = Fastify({
  loggerInstance: logger,
  logController: ownLog ? new AccessLog() : new LogController({ disableRequestLogging: true }),
})
await app.register(monitoring.fastify)

const client = new Client({ connection: await Connection.connect({ address }) })

app.post<{ Body: Checkout }>('/checkouts', async ({ body }, reply) => {
  const workflowId = randomUUID()
  await client.workflow.start(checkout, { taskQueue, workflowId, args: [body] })
  orders.with({ end: body.end }).add()
  return reply.code(202).send({ id: workflowId })
})
app.post<{ Params: { id: string } }>('/checkouts/:id/approval', async ({ params }) => {
  await client.workflow.getHandle(params.id).signal(approve)
  return { ok: true }
})
app.get<{ Params: { id: string } }>('/checkouts/:id', async ({ params }) => {
  const { status } = await client.workflow.getHandle(params.id).describe()
  return { status: status.name }
})
// Answers never: a client must give up.
app.get('/never', () => new Promise(() => {}))

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL('workflows.js', import.meta.url)),
  activities,
  plugins: [monitoring.temporal.plugin],
})
const url = await app.listen({ port: Number(process.env['PORT'] ?? 3000) })
const work = worker.run()
console.log(JSON.stringify({ url }))

await work
await app.close()
await monitoring.dispose()
