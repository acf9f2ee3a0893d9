import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPrometheus3 } from '../../scripts/programs/prometheus-3.ts'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { pin, startGenerator, type Generator } from '../load/generator-process.ts'
import type { LoadAnswer } from '../load/generator.ts'
import { mix, perSecond } from '../load/mix.ts'
import { ended, startCli } from '../processes.ts'
import { startTemporalProject } from '../temporal-project.ts'

/** How an engine is monitored: not at all, or with histograms of this kind. */
export type Monitored = 'off' | 'classic' | 'native'

/** An engine with its load, and the Prometheus that scrapes it where it is monitored. */
export interface Launched {
  readonly pid: number | undefined
  /** Sends the specified mix for so many seconds, in a random order. */
  load(seconds: number): Promise<LoadAnswer>
}

interface EngineProcess {
  readonly child: ChildProcess
  readonly port: number
}

async function startEngine(
  project: string,
  temporal: string,
  monitored: Monitored,
): Promise<EngineProcess> {
  const args = ['start', '--cwd', project, '--port', '0', '--temporal-address', temporal]
  const { child, ready } = await startCli(args, {
    MONITORING_ENABLED: String(monitored !== 'off'),
    MONITORING_HISTOGRAMS: monitored === 'native' ? 'native' : 'classic',
  })
  pin(child, 0)
  return { child, port: Number(new URL(ready.api).port) }
}

/** Starts a Prometheus that scrapes the engine every 15 s; native histograms need version 3. */
async function startScraper(
  port: number,
  folder: string,
  monitored: Monitored,
): Promise<ChildProcess> {
  const isNative = monitored === 'native'
  const { prometheus } = isNative
    ? await findPrometheus3(process.env)
    : await findPrometheus({ env: process.env })
  const config = join(folder, 'prometheus.yml')
  const scrape = {
    job_name: 'compozy',
    scrape_interval: '15s',
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    // Version 2 refuses a setting that it does not know.
    scrape_native_histograms: isNative || undefined,
  }
  writeFileSync(config, JSON.stringify({ scrape_configs: [scrape] }))
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

function load(
  generator: Generator,
  port: number,
  seconds: number,
  random: () => number,
): Promise<LoadAnswer> {
  const shares = mix.flatMap(({ per1000 }, i) => Array.from({ length: per1000 }, () => i))
  const drawn = Array.from(
    { length: seconds * perSecond },
    () => shares[Math.floor(random() * shares.length)]!,
  )
  return generator.run({
    kind: 'open',
    ports: [port],
    targets: drawn.map(() => 0),
    mix: drawn,
    requests: mix.map(({ request }) => request),
    perSecond,
  })
}

/** Launches whole engines, one at a time, on one Temporal server. */
export interface Launcher {
  launch<T>(monitored: Monitored, use: (launched: Launched) => Promise<T>): Promise<T>
}

/** Gives a launcher of engines that serve the quickstart, each after a warm-up under load. */
export async function withLauncher<T>(
  { random, warmUpSeconds }: { random: () => number; warmUpSeconds: number },
  use: (launcher: Launcher) => Promise<T>,
): Promise<T> {
  const { folder, project, temporal, stop } = await startTemporalProject('examples/quickstart')
  try {
    return await use({
      async launch(monitored, measure) {
        const { child, port } = await startEngine(project, temporal.address, monitored)
        const scraper =
          monitored === 'off' ? undefined : await startScraper(port, folder, monitored)
        const generator = startGenerator()
        try {
          await load(generator, port, warmUpSeconds, random)
          return await measure({
            pid: child.pid,
            load: (seconds) => load(generator, port, seconds, random),
          })
        } finally {
          generator.stop()
          scraper?.kill()
          child.kill()
          await Promise.all([ended(child), scraper && ended(scraper)])
        }
      },
    })
  } finally {
    await stop()
  }
}
