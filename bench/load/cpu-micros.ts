import type { Generator } from './generator-process.ts'
import type { LoadAnswer } from './generator.ts'
import { drawMixes, mix, perSecond } from './mix.ts'

const mixRequests = mix.map(({ request }) => request)

/** CPU of the process, µs: threads of the garbage collector and of Temporal count too. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** A request that failed costs another amount of CPU. */
function refuseFailures({ failed, statuses }: LoadAnswer, ports: readonly number[]): void {
  if (failed === 0) return
  const seen = [...new Set(statuses)].join(', ')
  throw new Error(`${failed} requests to port ${ports.join(', ')} failed, with ${seen}`)
}

/** µs of CPU for one of so many requests, sent in turn, as fast as this process answers them. */
export async function closedMicros(
  generator: Generator,
  port: number,
  requests: readonly string[],
  count = requests.length,
): Promise<number> {
  const before = cpuMicros()
  refuseFailures(await generator.run({ kind: 'closed', port, count, requests }), [port])
  return (cpuMicros() - before) / count
}

/** What the specified load takes, µs of CPU. */
interface PacedMicros {
  readonly perRequest: number
  readonly perSecond: number
}

/** µs of CPU at the specified rate, with so many whole mixes, dealt to the ports in turn. */
export async function pacedMicros(
  generator: Generator,
  ports: readonly number[],
  mixes: number,
  random: () => number,
): Promise<PacedMicros> {
  const drawn = drawMixes(mixes, random)
  const targets = drawn.map((_, i) => i % ports.length)
  const [before, startedAt] = [cpuMicros(), performance.now()]
  const job = {
    kind: 'open',
    ports,
    targets,
    mix: drawn,
    requests: mixRequests,
    perSecond,
  } as const
  refuseFailures(await generator.run(job), ports)
  const micros = cpuMicros() - before
  const seconds = (performance.now() - startedAt) / 1_000
  return { perRequest: micros / drawn.length, perSecond: micros / seconds }
}
