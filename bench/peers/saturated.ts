import { closedMicros } from '../load/cpu-micros.ts'
import { get } from '../load/mix.ts'
import { alternate, type Rounds } from '../rounds.ts'
import { withServers, type ServersOptions } from './servers.ts'

/** Requests of one block; short, so that arms share the machine's moods. */
const perBlock = 500
const warmUp = 5_000
const request = get('/api/v0/workflows/order')

/** How often servers are made anew, and how often each is measured then. */
export interface Effort {
  readonly launches: number
  readonly rounds: number
}

/** Eight launches resolve a percent. */
export const thoroughly: Effort = { launches: 8, rounds: 180 }

/** A first look. */
export const quickly: Effort = { launches: 3, rounds: 40 }

/** µs of CPU for a request of each arm, round by round, of servers that were made for it. */
async function launch<A extends string>(
  servers: ServersOptions<A>,
  rounds: number,
  progress: (share: number) => void,
): Promise<Rounds<A>> {
  const { arms, random } = servers
  return withServers(servers, async (portOf, generator) => {
    const block = (arm: A, count = perBlock): Promise<number> =>
      closedMicros(generator, portOf(arm), [request], count)
    for (const arm of arms) await block(arm, warmUp)
    return alternate({ arms, rounds, measure: (arm) => block(arm), random, progress })
  })
}

/** µs of CPU for a request of each arm, of servers that are busy all the time. */
export async function saturate<A extends string>(
  servers: ServersOptions<A>,
  { launches, rounds }: Effort,
  progress: (share: number) => void,
): Promise<Rounds<A>> {
  const raw = Object.fromEntries(servers.arms.map((arm) => [arm, [] as number[]])) as Rounds<A>
  for (let i = 0; i < launches; i++) {
    const found = await launch(servers, rounds, (share) => progress((i + share) / launches))
    for (const arm of servers.arms) raw[arm].push(...found[arm])
  }
  return raw
}
