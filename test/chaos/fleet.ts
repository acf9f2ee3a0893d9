import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { openClient } from '../../engine/infra/temporal/index.ts'
import { eventually, startCompozy, type Running } from '../support/compozy.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { inspectable } from './live-process.ts'
import { startLoadBalancer, type LoadBalancer } from './load-balancer.ts'
import { createSmallDisk, type SmallDisk } from './small-disk.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { startTemporalServer, type TemporalServer } from './temporal-server.ts'

const files = {
  'compozy.yaml': `name: chaos
workflows: [{ source: ./greet.yaml }]
monitoring: { enabled: true, process: true }
`,
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

/** `start` serves the API and runs workflows, `worker` only runs workflows. */
export type Role = 'start' | 'worker'

/** A process of the fleet. */
export interface Member extends Running {
  readonly role: Role
}

/** A SIGKILL of a member: its counts between these times were never scraped. */
export interface Killing {
  readonly seenAt: number
  readonly killedAt: number
}

/** Engines behind a load balancer and workers, on one Temporal server behind a TCP proxy. */
export interface Fleet {
  readonly balancer: LoadBalancer
  readonly ledger: Ledger
  readonly proxy: TcpProxy
  readonly temporal: TemporalServer
  readonly disk: SmallDisk
  readonly client: Client
  /** The living members. */
  readonly members: readonly Member[]
  readonly killings: readonly Killing[]
  /** Starts one more member; resolves when it is ready. */
  grow(role: Role): Promise<Member>
  /** SIGTERM; resolves with the exit code. */
  retire(member: Member): Promise<number | null>
  kill(member: Member): Promise<void>
  /** Resolves when the load balancer sees every engine ready. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** Starts a fleet without members. */
export async function startFleet(): Promise<Fleet> {
  const disk = createSmallDisk()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(disk.dir, name), text)
  const temporal = await startTemporalServer(disk.dir)
  const proxy = await startTcpProxy(temporal.address)
  const client = openClient({ ...plain, address: temporal.address }, 'default')
  const balancer = await startLoadBalancer(200)
  const ledger = createLedger(1_000)
  const members: Member[] = []
  const killings: Killing[] = []

  function leave(member: Member): number {
    members.splice(members.indexOf(member), 1)
    balancer.remove(member.ready.api)
    return ledger.end(member.ready.metrics!)
  }
  return {
    balancer,
    ledger,
    proxy,
    temporal,
    disk,
    client,
    members,
    killings,
    async grow(role) {
      const args = [role, '--cwd', disk.dir, '--port', '0', '--temporal-address', proxy.address]
      const running = await startCompozy(args, { env: inspectable })
      const member = { ...running, role }
      members.push(member)
      if (role === 'start') balancer.add(member.ready.api)
      ledger.follow(member.ready.metrics!)
      return member
    },
    async retire(member) {
      const code = await member.stop()
      leave(member)
      return code
    },
    async kill(member) {
      await member.kill()
      killings.push({ seenAt: leave(member), killedAt: Date.now() })
    },
    async settled() {
      const engines = members.filter(({ role }) => role === 'start').length
      const ready = async (): Promise<number> => balancer.ready()
      await eventually(ready, (count) => count === engines, { timeoutMs: 120_000 })
    },
    async stop() {
      ledger.stop()
      balancer.close()
      await Promise.all(members.map((member) => member.kill().catch(() => undefined)))
      await client.connection.close()
      proxy.close()
      await temporal.end('SIGTERM')
      disk.remove()
    },
  }
}
