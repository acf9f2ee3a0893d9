import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { stringify } from 'yaml'
import { silentLogger } from '../../engine/core/logger.ts'
import { ruleFiles } from '../../engine/infra/monitoring/rules/rules.ts'
import {
  findTemporalBinary,
  openClient,
  startDevServer,
  type DevServer,
} from '../../engine/infra/temporal/index.ts'
import { freePort } from '../../engine/infra/temporal/dev-server/free-port.ts'
import type { PrometheusTools } from '../../scripts/programs/prometheus.ts'
import { startTcpProxy, type TcpProxy } from '../chaos/tcp-proxy.ts'
import { startCompozy, type Running } from '../support/compozy.ts'
import { startPrometheus, type PrometheusServer } from '../support/prometheus.ts'
import { startLoad, type Load } from './load.ts'
import { gameDayPace, paceMs } from './pace.ts'
import { objectives, writeProject, type GameDayProject } from './project.ts'

/** The processes: one that serves the API, and two that only work. */
export const processNames = ['api', 'worker-1', 'worker-2'] as const

/** Name of a process. */
export type ProcessName = (typeof processNames)[number]

/** The Temporal server, which can be killed and come back with its runs. */
export interface TemporalServer {
  pid(): number
  kill(): Promise<void>
  restart(): Promise<void>
}

/** Real engines on a real Temporal, watched by real Prometheus servers. */
export interface Field {
  readonly project: GameDayProject
  readonly temporal: TemporalServer
  readonly network: TcpProxy
  readonly client: Client
  readonly taskQueue: string
  readonly load: Load
  /** Address of the API. */
  readonly api: string
  /** Folder of Temporal's database; a disk of its own where the machine allows it. */
  readonly disk: string
  /** Whether `disk` is one, and so can be full. */
  readonly hasOwnDisk: boolean
  /** By the name of their version. */
  readonly watchers: Readonly<Record<string, PrometheusServer>>
  process(name: ProcessName): Running
  /** Starts a process again on its port. */
  start(name: ProcessName): Promise<void>
  /** Resolves when no process is so young that its end would be a crash loop. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const plain = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }
const preload = resolve(import.meta.dirname, 'block-event-loop.mjs')

/** Temporal at its default limits, but quicker to end idle polls and to flag stuck runs. */
const dynamicConfig = {
  'frontend.namespaceRPS.visibility': 10,
  'matching.longPollExpirationInterval': '4s',
  'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': 2,
}

/** Mounts a small disk; false where this user may not. */
function mountDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function startTemporal(
  disk: string,
): Promise<TemporalServer & { stop(): Promise<void>; address: string }> {
  const { path: binary } = await findTemporalBinary({ env: process.env })
  const start = (port: number): Promise<DevServer> =>
    startDevServer({
      binary,
      port,
      namespace: 'default',
      databaseFile: join(disk, 'temporal.db'),
      dynamicConfig,
      logger: silentLogger,
    })
  let server = await start(0)
  const port = Number(server.address.split(':')[1])
  return {
    address: server.address,
    pid: () => server.pid,
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await server.died.catch(() => undefined)
    },
    async restart() {
      server = await start(port)
    },
    stop: () => server.stop(),
  }
}

/** The rules of the project at the game day's pace, as `compozy metrics rules` makes them. */
function writeRules(folder: string): string {
  const files = ruleFiles({ buckets: {}, objectives, pace: gameDayPace })
  const groups = Object.values(files).flatMap((file) => file.groups)
  const path = join(folder, 'rules.yml')
  writeFileSync(path, stringify({ groups }, { lineWidth: 0 }))
  return path
}

/** Starts everything, and the load. */
export async function startField(
  versions: Readonly<Record<string, PrometheusTools>>,
): Promise<Field> {
  const project = writeProject()
  const disk = mkdtempSync(join(tmpdir(), 'compozy-gameday-disk-'))
  const hasOwnDisk = mountDisk(disk)
  const temporal = await startTemporal(disk)
  const network = await startTcpProxy(temporal.address)
  const client = openClient({ ...plain, address: temporal.address }, 'default')
  const ports = new Map<ProcessName, number>()
  for (const name of processNames) ports.set(name, await freePort('127.0.0.1'))
  const engines = new Map<ProcessName, Running>()
  let startedAt = 0

  async function start(name: ProcessName): Promise<void> {
    const command = name === 'api' ? ['start', '--workers', '0'] : ['worker']
    const args = ['--cwd', project.dir, '--port', String(ports.get(name))]
    engines.set(
      name,
      await startCompozy([...command, ...args, '--temporal-address', network.address], {
        env: {
          NODE_OPTIONS: `--import ${preload}`,
          MONITORING_TOKEN_FILE: project.tokenFile,
        },
      }),
    )
    startedAt = performance.now()
  }
  await Promise.all(processNames.map(start))
  const { api, task_queue: taskQueue } = engines.get('api')!.ready
  const config = stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [writeRules(project.dir)],
    scrape_configs: [
      {
        job_name: 'compozy',
        authorization: { credentials_file: project.tokenFile },
        static_configs: [{ targets: [...ports.values()].map((port) => `127.0.0.1:${port}`) }],
      },
    ],
  })
  const watchers: Record<string, PrometheusServer> = {}
  for (const [name, tools] of Object.entries(versions))
    watchers[name] = await startPrometheus(config, tools)
  const load = startLoad(api)

  return {
    project,
    temporal,
    network,
    client,
    taskQueue,
    load,
    api,
    disk,
    hasOwnDisk,
    watchers,
    process: (name) => engines.get(name)!,
    start,
    // CompozyCrashLooping: a process that has not stayed up for 5 minutes.
    settled: () => sleep(Math.max(0, startedAt + paceMs(300) + 3_000 - performance.now())),
    async stop() {
      await load.stop()
      await Promise.all(Object.values(watchers).map((watcher) => watcher.stop()))
      await Promise.all([...engines.values()].map((engine) => engine.kill().catch(() => undefined)))
      await client.connection.close()
      network.close()
      await temporal.stop().catch(() => undefined)
      if (hasOwnDisk) execFileSync('umount', [disk])
      rmSync(disk, { recursive: true, force: true })
      project.remove()
    },
  }
}
