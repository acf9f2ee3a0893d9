import { startGenerator, pin } from '../load/generator-process.ts'
import { httpArms, startServer, type HttpArm } from '../peers/servers.ts'
import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

/** Requests of one block; short, so that arms share the machine's moods. */
const perBlock = 500
const path = '/api/v0/workflows/order'

/** CPU of the whole process, µs: the garbage collector's threads count too. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** What watching costs a server that is busy all the time. */
export const httpCpu: Scenario = {
  name: 'http-cpu',
  doc: 'CPU per request at saturation: monitoring on and off, and its peers',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const generator = startGenerator()
    const servers = new Map(
      await Promise.all(httpArms.map(async (arm) => [arm, await startServer(arm)] as const)),
    )
    async function block(arm: HttpArm, count = perBlock): Promise<number> {
      const before = cpuMicros()
      const { failed } = await generator.run({ kind: 'closed', port: servers.get(arm)!.port, count, path })
      if (failed > 0) throw new Error(`${failed} requests of ${arm} failed`)
      return (cpuMicros() - before) / count
    }
    try {
      for (const arm of httpArms) await block(arm, 5_000)
      const raw = await alternate({
        arms: httpArms,
        rounds: quick ? 120 : 1_500,
        measure: (arm) => block(arm),
        random,
        progress,
      })
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
    } finally {
      generator.stop()
      for (const { app } of servers.values()) await app.close()
    }
  },
}
