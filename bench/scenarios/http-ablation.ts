import { pin } from '../load/generator-process.ts'
import { ablationSteps, startAblated, type AblationStep } from '../peers/ablated-server.ts'
import { quickly, saturate, thoroughly } from '../peers/saturated.ts'
import { startServer, type Served } from '../peers/servers.ts'
import { ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

const ablationArms = ['off', 'control', ...ablationSteps, 'on'] as const

type AblationArm = (typeof ablationArms)[number]

const isStep = (arm: AblationArm): arm is AblationStep =>
  (ablationSteps as readonly string[]).includes(arm)

const start = (arm: AblationArm): Promise<Served> =>
  isStep(arm) ? startAblated(arm) : startServer(arm)

/** What the parts of monitoring cost the trivial route: where its floor lies. */
export const httpAblation: Scenario = {
  name: 'http-ablation',
  doc: 'CPU per trivial request with the parts of monitoring added one by one: where the floor lies',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const arms = { arms: ablationArms, start, random }
    const raw = await saturate(arms, quick ? quickly : thoroughly, progress)
    const beyondOff = (arm: AblationArm): number[] =>
      ratios(raw, arm, 'off', 'control').map((ratio) => (ratio - 1) * 100)
    const beyond = (arm: AblationArm, before: AblationArm): number[] => {
      const earlier = beyondOff(before)
      return beyondOff(arm).map((pct, i) => pct - earlier[i]!)
    }
    const pct = (values: readonly number[]) => estimate(values, '%', random)
    return {
      figures: {
        off_us: estimate(raw.off, 'µs', random),
        listener_pct: pct(beyondOff('listener')),
        with_clock_pct: pct(beyondOff('clock')),
        with_duration_pct: pct(beyondOff('duration')),
        with_status_pct: pct(beyondOff('status')),
        monitoring_on_pct: pct(beyondOff('on')),
        clock_alone_pct: pct(beyond('clock', 'listener')),
        duration_alone_pct: pct(beyond('duration', 'clock')),
        status_alone_pct: pct(beyond('status', 'duration')),
        rest_alone_pct: pct(beyond('on', 'status')),
      },
      control: estimate(ratios(raw, 'control', 'off'), 'ratio', random),
      raw,
    }
  },
}
