import { pin } from '../load/generator-process.ts'
import { get } from '../load/mix.ts'
import { httpArms, withServers, type HttpArm } from '../peers/servers.ts'
import { alternate, ratios, type Rounds } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

/** Requests of one block; short, so that arms share the machine's moods. */
const perBlock = 500
const request = get('/api/v0/workflows/order')

/** CPU of the whole process, µs: the garbage collector's threads count too. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** µs of CPU for a request of each arm, round by round, of servers that were made for it. */
async function launch(
  rounds: number,
  random: () => number,
  progress: (share: number) => void,
): Promise<Rounds<HttpArm>> {
  return withServers(httpArms, random, async (portOf, generator) => {
    async function block(arm: HttpArm, count = perBlock): Promise<number> {
      const before = cpuMicros()
      const { failed } = await generator.run({
        kind: 'closed',
        port: portOf(arm),
        count,
        requests: [request],
      })
      if (failed > 0) throw new Error(`${failed} requests of ${arm} failed`)
      return (cpuMicros() - before) / count
    }
    for (const arm of httpArms) await block(arm, 5_000)
    return alternate({ arms: httpArms, rounds, measure: (arm) => block(arm), random, progress })
  })
}

/** What watching costs a server that is busy all the time. */
export const httpCpu: Scenario = {
  name: 'http-cpu',
  doc: 'CPU per request at saturation: monitoring on and off, and its peers',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const launches = quick ? 3 : 8
    const raw = Object.fromEntries(httpArms.map((arm) => [arm, [] as number[]])) as Rounds<HttpArm>
    for (let i = 0; i < launches; i++) {
      const found = await launch(quick ? 40 : 180, random, (share) =>
        progress((i + share) / launches),
      )
      for (const arm of httpArms) raw[arm].push(...found[arm])
    }
    const pct = (arm: HttpArm) =>
      estimate(
        ratios(raw, arm, 'off', 'control').map((ratio) => (ratio - 1) * 100),
        '%',
        random,
      )
    return {
      figures: {
        off_us: estimate(raw.off, 'µs', random),
        monitoring_on_pct: pct('on'),
        prom_client_pct: pct('prom_client'),
        fastify_metrics_pct: pct('fastify_metrics'),
        otel_pct: pct('otel'),
      },
      control: estimate(ratios(raw, 'control', 'off'), 'ratio', random),
      raw,
    }
  },
}
