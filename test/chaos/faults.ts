import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../support/compozy.ts'
import { childrenOf, evaluateIn } from './live-process.ts'
import type { Fleet, Member, Role } from './fleet.ts'

/** Draws from 0 to 1; the seed repeats it. */
export type Random = () => number

/** Something that goes wrong, or a restart that must go unnoticed. */
export interface Fault {
  readonly name: string
  /** Whether no request may fail while it lasts; it gets the high load. */
  readonly isRoll?: true
  /** Bytes that each start carries while it lasts. */
  readonly inputBytes?: number
  /** Makes it happen and resolves when it is over, with what the report says of it. */
  readonly strike: (fleet: Fleet, random: Random) => Promise<string>
}

/** Seconds that a fault lasts, 2 to 4. */
const secondsFrom = (random: Random): number => 2 + Math.round(random() * 20) / 10

function victimOf(fleet: Fleet, role: Role, random: Random): Member {
  const able = fleet.members.filter((member) => member.role === role)
  return able[Math.floor(random() * able.length)]!
}

async function killAndReplace(fleet: Fleet, role: Role, random: Random): Promise<string> {
  await fleet.kill(victimOf(fleet, role, random))
  await fleet.grow(role)
  return 'replaced'
}

async function stopFor(pid: number, random: Random): Promise<string> {
  const seconds = secondsFrom(random)
  process.kill(pid, 'SIGSTOP')
  await sleep(seconds * 1_000)
  process.kill(pid, 'SIGCONT')
  return `${seconds} s`
}

async function roll(fleet: Fleet, role: Role): Promise<string> {
  const old = fleet.members.find((member) => member.role === role)!
  await fleet.grow(role)
  await fleet.settled()
  const code = await fleet.retire(old)
  if (code !== 0) throw new Error(`a rolled ${role} ended with ${code}:\n${old.stderr()}`)
  return 'replaced first'
}

/** Sends a signal to the tool processes of every member, as many as there are now. */
function signalTools(fleet: Fleet, signal: NodeJS.Signals): number {
  const tools = fleet.members.flatMap(({ process: { pid } }) => childrenOf(pid!, 'deno'))
  let sent = 0
  for (const tool of tools) {
    try {
      process.kill(tool, signal)
      sent++
    } catch {
      // It has ended already.
    }
  }
  return sent
}

/** Tool processes start with the first call: waits until there are some. */
const strikeTools = (fleet: Fleet, signal: NodeJS.Signals): Promise<number> =>
  eventually(
    async () => signalTools(fleet, signal),
    (sent) => sent > 0,
  )

const engineFaults: Fault[] = [
  { name: 'engine: SIGKILL', strike: (fleet, random) => killAndReplace(fleet, 'start', random) },
  {
    name: 'engine: SIGSTOP',
    strike: (fleet, random) => stopFor(victimOf(fleet, 'start', random).process.pid!, random),
  },
  { name: 'engine: SIGTERM, rolled', isRoll: true, strike: (fleet) => roll(fleet, 'start') },
  {
    name: 'engine: event loop blocked',
    async strike(fleet, random) {
      const seconds = secondsFrom(random)
      const spin = `{ const end = performance.now() + ${seconds * 1_000}; while (performance.now() < end); }`
      await evaluateIn(victimOf(fleet, 'start', random), spin)
      return `${seconds} s`
    },
  },
  {
    // The clock of the main thread; the operating system's stays, and Temporal's core reads that.
    name: 'engine: clock jumps',
    async strike(fleet, random) {
      const victim = victimOf(fleet, 'start', random)
      const seconds = secondsFrom(random)
      for (const hours of [1, -1, 0]) {
        await evaluateIn(
          victim,
          `globalThis.trueNow ??= Date.now; Date.now = () => trueNow() + ${hours} * 3600e3`,
        )
        if (hours !== 0) await sleep(seconds * 1_000)
      }
      return `${seconds} s an hour ahead, then as long an hour behind`
    },
  },
]

const workerFaults: Fault[] = [
  { name: 'worker: SIGKILL', strike: (fleet, random) => killAndReplace(fleet, 'worker', random) },
  {
    name: 'worker: SIGSTOP',
    strike: (fleet, random) => stopFor(victimOf(fleet, 'worker', random).process.pid!, random),
  },
  { name: 'worker: SIGTERM, rolled', isRoll: true, strike: (fleet) => roll(fleet, 'worker') },
]

const toolFaults: Fault[] = [
  ...(['SIGKILL', 'SIGTERM'] as const).map((signal) => ({
    name: `tools: ${signal}`,
    strike: async (fleet: Fleet) => `${await strikeTools(fleet, signal)} processes`,
  })),
  {
    name: 'tools: SIGSTOP',
    async strike(fleet, random) {
      const seconds = secondsFrom(random)
      const stopped = await strikeTools(fleet, 'SIGSTOP')
      await sleep(seconds * 1_000)
      signalTools(fleet, 'SIGCONT')
      return `${stopped} processes, ${seconds} s`
    },
  },
]

const restartTemporal =
  (how: 'SIGTERM' | 'SIGKILL') =>
  async ({ temporal }: Fleet, random: Random): Promise<string> => {
    const seconds = secondsFrom(random)
    await temporal.end(how)
    await sleep(seconds * 1_000)
    await temporal.start()
    return `away ${seconds} s and the start`
  }

const temporalFaults: Fault[] = [
  { name: 'Temporal: SIGKILL', strike: restartTemporal('SIGKILL') },
  { name: 'Temporal: SIGTERM', strike: restartTemporal('SIGTERM') },
  {
    name: 'Temporal: SIGSTOP',
    async strike({ temporal }, random) {
      const seconds = secondsFrom(random)
      temporal.signal('SIGSTOP')
      await sleep(seconds * 1_000)
      temporal.signal('SIGCONT')
      return `${seconds} s`
    },
  },
  {
    // SQLite writes into blocks that it has before it asks for more: small runs would not notice.
    name: 'disk full',
    inputBytes: 400_000,
    async strike({ disk }, random) {
      const seconds = Math.round(30 * secondsFrom(random)) / 10
      disk.fill!()
      await sleep(seconds * 1_000)
      disk.free()
      return `${seconds} s`
    },
  },
]

const networkFaults: Fault[] = [
  {
    name: 'network: slow',
    async strike({ proxy }, random) {
      const ms = 100 + Math.round(random() * 400)
      proxy.delay(ms)
      await sleep(secondsFrom(random) * 1_000)
      proxy.delay(0)
      return `${ms} ms each way`
    },
  },
  {
    name: 'network: connections reset',
    async strike({ proxy }) {
      proxy.reset()
      return 'all'
    },
  },
  {
    name: 'network: cut',
    async strike({ proxy }, random) {
      const seconds = secondsFrom(random)
      proxy.cut()
      await sleep(seconds * 1_000)
      proxy.mend()
      return `${seconds} s`
    },
  },
]

/** Every fault that this machine allows: a disk can be filled only where one can be mounted. */
export function faultsFor({ disk }: Pick<Fleet, 'disk'>): Fault[] {
  return [
    ...engineFaults,
    ...workerFaults,
    ...toolFaults,
    ...temporalFaults.filter(({ name }) => name !== 'disk full' || disk.fill !== undefined),
    ...networkFaults,
  ]
}

/** Deals the faults in an order that the seed gives; each comes once before any comes again. */
export function* deal(faults: readonly Fault[], random: Random): Generator<Fault, never> {
  for (;;) {
    const rest = [...faults]
    while (rest.length > 0) yield rest.splice(Math.floor(random() * rest.length), 1)[0]!
  }
}
