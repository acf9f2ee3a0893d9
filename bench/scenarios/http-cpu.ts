import { pin } from '../load/generator-process.ts'
import { quickly, saturate, thoroughly } from '../peers/saturated.ts'
import { httpArms, startServer, type HttpArm } from '../peers/servers.ts'
import { ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

/** What watching costs a server that is busy all the time. */
export const httpCpu: Scenario = {
  name: 'http-cpu',
  doc: 'CPU per request at saturation: monitoring on and off, and its peers',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const arms = { arms: httpArms, start: startServer, random }
    const raw = await saturate(arms, quick ? quickly : thoroughly, progress)
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
