import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { silentLogger } from '../../engine/core/logger.ts'
import {
  findTemporalBinary,
  openClient,
  startDevServer,
  type DevServer,
} from '../../engine/infra/temporal/index.ts'
import { startCompozy, type Running } from '../support/compozy.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { startLoadBalancer, type LoadBalancer } from './load-balancer.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const files = {
  'compozy.yaml':
    'name: chaos\nworkflows: [{ source: ./greet.yaml }]\nmonitoring: { enabled: true }\n',
  'greet.yaml': `id: greet
tools: [{ id: hello, description: greets, execute: ./hello.ts }]
tasks:
  - { id: say, tool: hello, with: { name: '{{ .workflow.input.name }}' }, retries: 5, on_success: { next: rest } }
  - { id: rest, type: pause, duration: 1s }
outputs: { text: '{{ .tasks.say.output.text }}' }
`,
  'hello.ts': 'export default ({ name }: { name: string }) => ({ text: `hello ${name}` })\n',
}

const plain = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }

/** Engines behind a load balancer, on one Temporal server behind a TCP proxy. */
export interface Fleet {
  readonly balancer: LoadBalancer
  readonly ledger: Ledger
  readonly proxy: TcpProxy
  readonly client: Client
  readonly engines: Running[]
  /** Starts one more engine; resolves when it is ready. */
  grow(): Promise<Running>
  stop(): Promise<void>
}

/** Starts a fleet without engines. */
export async function startFleet(): Promise<Fleet> {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-fleet-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const { path: binary } = await findTemporalBinary({ env: process.env })
  const server: DevServer = await startDevServer({
    binary,
    port: 0,
    namespace: 'default',
    databaseFile: join(dir, 'temporal.db'),
    logger: silentLogger,
  })
  const proxy = await startTcpProxy(server.address)
  const client = openClient({ ...plain, address: server.address }, 'default')
  const balancer = await startLoadBalancer(200)
  const ledger = createLedger(1_000)
  const engines: Running[] = []
  return {
    balancer,
    ledger,
    proxy,
    client,
    engines,
    async grow() {
      const args = ['start', '--cwd', dir, '--port', '0', '--temporal-address', proxy.address]
      const engine = await startCompozy(args)
      engines.push(engine)
      balancer.add(engine.ready.api)
      ledger.follow(engine.ready.metrics!)
      return engine
    },
    async stop() {
      ledger.stop()
      proxy.mend()
      await Promise.all(engines.map((engine) => engine.kill().catch(() => undefined)))
      balancer.close()
      await client.connection.close()
      proxy.close()
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
