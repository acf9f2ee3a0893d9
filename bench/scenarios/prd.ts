import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../engine/core/logger.ts'
import { findTemporalBinary, startDevServer } from '../../engine/infra/temporal/index.ts'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { pin, startGenerator, type Generator } from '../load/generator-process.ts'
import { mix } from '../load/mix.ts'
import { ended, startCli, usageOf } from '../processes.ts'
import { root } from '../root.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, quantile } from '../statistics.ts'

const perSecond = 1_000

interface Launch {
  readonly p50: number
  readonly p95: number
  readonly cpuSeconds: number
  readonly rssMb: number
}

interface EngineProcess {
  readonly child: ChildProcess
  readonly port: number
}

async function startEngine(
  project: string,
  temporal: string,
  monitoring: boolean,
): Promise<EngineProcess> {
  const args = ['start', '--cwd', project, '--port', '0', '--temporal-address', temporal]
  const { child, ready } = await startCli(args, { MONITORING_ENABLED: String(monitoring) })
  pin(child, 0)
  return { child, port: Number(new URL(ready.api).port) }
}

/** Starts a Prometheus that scrapes the engine every 15 s. */
async function startScraper(port: number, folder: string): Promise<ChildProcess> {
  const { prometheus } = await findPrometheus({ env: process.env })
  const config = join(folder, 'prometheus.yml')
  writeFileSync(
    config,
    `scrape_configs: [{ job_name: compozy, scrape_interval: 15s, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]`,
  )
  const child = spawn(
    prometheus,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, `tsdb-${port}`)}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: 'ignore' },
  )
  pin(child, 1)
  return child
}

/**
 * The specified load profile: a whole engine at 1,000 requests a second, with monitoring and
 * without.
 */
export const prd: Scenario = {
  name: 'prd',
  doc: 'the specified load: whole engines on and off in turn, 1,000 requests a second, real Temporal, scraped every 15 s',
  async run({ quick, random, progress }) {
    const pairs = quick ? 3 : 5
    const seconds = quick ? 6 : 30
    const folder = mkdtempSync(join(tmpdir(), 'compozy-bench-'))
    const project = join(folder, 'project')
    cpSync(join(root, 'examples/quickstart'), project, {
      recursive: true,
      filter: (file) => !file.includes('.compozy'),
    })
    const { path: binary } = await findTemporalBinary({ env: process.env })
    const temporal = await startDevServer({
      binary,
      port: 0,
      namespace: 'default',
      databaseFile: join(folder, 'temporal.db'),
      logger: silentLogger,
    })

    async function load(
      generator: Generator,
      port: number,
      forSeconds: number,
    ): Promise<readonly number[]> {
      const shares = mix.flatMap(({ per1000 }, i) => Array.from({ length: per1000 }, () => i))
      const drawn = Array.from(
        { length: forSeconds * perSecond },
        () => shares[Math.floor(random() * shares.length)]!,
      )
      const { latencies, failed } = await generator.run({
        kind: 'open',
        ports: [port],
        targets: drawn.map(() => 0),
        mix: drawn,
        requests: mix.map(({ request }) => request),
        perSecond,
      })
      if (failed > 0) throw new Error(`${failed} requests failed`)
      return latencies
    }

    async function launch(monitoring: boolean): Promise<Launch> {
      const engine = await startEngine(project, temporal.address, monitoring)
      const scraper = monitoring ? await startScraper(engine.port, folder) : undefined
      const generator = startGenerator()
      try {
        await load(generator, engine.port, quick ? 1 : 5)
        const before = usageOf(engine.child.pid)
        const latencies = await load(generator, engine.port, seconds)
        const after = usageOf(engine.child.pid)
        return {
          p50: quantile(latencies, 0.5),
          p95: quantile(latencies, 0.95),
          cpuSeconds: after.cpu - before.cpu,
          rssMb: after.rss,
        }
      } finally {
        generator.stop()
        scraper?.kill()
        engine.child.kill()
        await Promise.all([ended(engine.child), scraper && ended(scraper)])
      }
    }

    try {
      const off: Launch[] = []
      const control: Launch[] = []
      const on: Launch[] = []
      const arms = [off, on, control]
      for (let pair = 0; pair < pairs; pair++) {
        const order = pair % 2 === 0 ? arms : arms.toReversed()
        for (const [i, arm] of order.entries()) {
          arm.push(await launch(arm === on))
          progress((pair * 3 + i + 1) / (pairs * 3))
        }
      }
      const overhead = (arm: readonly Launch[], of: keyof Launch) =>
        estimate(
          arm.map((each, i) => (each[of] / off[i]![of] - 1) * 100),
          '%',
          random,
        )
      const level = (arm: readonly Launch[], of: keyof Launch, unit: string) =>
        estimate(
          arm.map((each) => each[of]),
          unit,
          random,
        )
      return {
        figures: {
          p50_overhead_pct: overhead(on, 'p50'),
          p95_overhead_pct: overhead(on, 'p95'),
          cpu_overhead_pct: overhead(on, 'cpuSeconds'),
          rss_overhead_pct: overhead(on, 'rssMb'),
          control_p95_pct: overhead(control, 'p95'),
          control_cpu_pct: overhead(control, 'cpuSeconds'),
          control_rss_pct: overhead(control, 'rssMb'),
          off_p50_ms: level(off, 'p50', 'ms'),
          off_p95_ms: level(off, 'p95', 'ms'),
          on_p95_ms: level(on, 'p95', 'ms'),
          off_cpu_s: level(off, 'cpuSeconds', 's'),
          on_cpu_s: level(on, 'cpuSeconds', 's'),
          off_rss_mb: level(off, 'rssMb', 'MB'),
          on_rss_mb: level(on, 'rssMb', 'MB'),
        },
        control: estimate(
          control.map((each, i) => each.cpuSeconds / off[i]!.cpuSeconds),
          'ratio',
          random,
        ),
        raw: Object.fromEntries(
          Object.entries({ off, on, control }).flatMap(([name, launches]) =>
            (['p50', 'p95', 'cpuSeconds', 'rssMb'] as const).map((of) => [
              `${name}_${of}`,
              launches.map((each) => each[of]),
            ]),
          ),
        ),
      }
    } finally {
      await temporal.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
