import { contentTypes } from '../../engine/infra/monitoring/exposition/format.ts'
import type { MonitoringConfig } from '../../engine/infra/monitoring/config.ts'
import { alternate, ratios } from '../rounds.ts'
import { exactly, estimate, type Figure } from '../statistics.ts'
import { watch } from './watch.ts'
import { startFleetProcess, type FleetProcess } from './process.ts'

const sizes = [100, 500, 1_000] as const
/** Few workflows of a fleet run at a time. */
const active = 10

const arms: Readonly<Record<'core' | 'all', Partial<MonitoringConfig>>> = {
  core: {},
  all: { idleSeries: 'all' },
}
type Arm = keyof typeof arms

/** As Prometheus asks: OpenMetrics, compressed. */
const request = { accept: contentTypes.openmetrics, acceptEncoding: 'gzip' }

const linesOf = (text: string): number =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length

/** Scrapes of processes with 100 to 1,000 workflows, with and without series of idle ones. */
export async function measureFleets(
  rounds: number,
  random: () => number,
): Promise<{ figures: Record<string, Figure>; raw: Record<string, number[]> }> {
  const figures: Record<string, Figure> = {}
  const raw: Record<string, number[]> = {}
  for (const workflows of sizes) {
    const processes = new Map<Arm, FleetProcess>()
    for (const arm of ['core', 'all'] as const)
      processes.set(arm, await startFleetProcess({ workflows, active, config: arms[arm] }))
    const stalls: Record<Arm, number[]> = { core: [], all: [] }
    const scrapeOf = (arm: Arm) => async () => ({
      bytes: (await processes.get(arm)!.scrape(request)).body.length,
    })
    for (const arm of ['core', 'all'] as const)
      for (let i = 0; i < 5; i++) await watch(scrapeOf(arm))
    const found = await alternate({
      arms: ['core', 'all'],
      rounds,
      measure: async (arm) => {
        const seen = await watch(scrapeOf(arm))
        stalls[arm].push(seen.stall)
        return seen.ms
      },
      random,
      progress: () => undefined,
    })
    for (const arm of ['core', 'all'] as const) {
      const name = (what: string): string => `fleet_${arm}_${what}_${workflows}`
      const plain = await processes.get(arm)!.scrape({ ...request, acceptEncoding: undefined })
      figures[name('lines')] = exactly(linesOf(plain.body.toString()), 'lines')
      figures[name('bytes')] = exactly(plain.body.length, 'bytes')
      figures[name('gzip_bytes')] = exactly((await scrapeOf(arm)()).bytes, 'bytes')
      figures[name('ms')] = estimate(found[arm], 'ms', random)
      figures[name('stall_ms')] = estimate(stalls[arm], 'ms', random)
      raw[name('ms')] = found[arm]
      raw[name('stall_ms')] = stalls[arm]
      await processes.get(arm)!.stop()
    }
    figures[`fleet_core_vs_all_${workflows}`] = estimate(
      ratios(found, 'core', 'all'),
      'ratio',
      random,
    )
  }
  return { figures, raw }
}
