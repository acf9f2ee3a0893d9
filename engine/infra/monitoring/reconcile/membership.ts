import { noteOf, type Fleet, type Heartbeat } from './fleet.ts'
import { idleFor } from './query-budget.ts'

/** How the processes of a fleet find each other: by notes that Temporal keeps for minutes. */
export interface FleetNotes {
  /** Names this process, as no other one is named. */
  readonly identity: string
  beat(note: string, options: { readonly signal: AbortSignal }): Promise<void>
  heartbeats(options: { readonly signal: AbortSignal }): Promise<readonly Heartbeat[]>
}

/** What a process is a member of. */
export interface MembershipOptions {
  readonly fleet: Fleet
  readonly notes: FleetNotes
  /** The key of what one process of the fleet counts at a time. */
  readonly countingKey: string
  /** Called when Temporal has taken a heartbeat or listed them. */
  readonly onSuccess: () => void
  /** Gets the error of a query that failed. */
  readonly onFailure: (error: unknown) => void
}

/** A process in its fleet. */
export interface Membership {
  /** Reads the heartbeats of all processes. Throws the error that Temporal returns. */
  read(signal: AbortSignal): Promise<void>
  /**
   * Tells the others up to when this process counts closes. Throws when they may or may not know
   * it: {@link Fleet.told} tells after a read. No stop interrupts it.
   */
  tellCounted(until: number): Promise<void>
  /** Sends and reads heartbeats until `signal` aborts; calls `joined` after the first read. */
  stay(signal: AbortSignal, joined: () => void): Promise<void>
}

/** Creates the membership of this process. */
export function createMembership(options: MembershipOptions): Membership {
  const { fleet, notes, countingKey, onSuccess, onFailure } = options

  async function read(signal: AbortSignal): Promise<void> {
    fleet.update(await notes.heartbeats({ signal }))
    const time = fleet.now()
    // The first process of a fleet begins to count.
    if (fleet.countedUntil() === undefined && time !== undefined && fleet.owns(countingKey))
      fleet.counted(time)
  }

  const unlessStopped = (signal: AbortSignal, work: Promise<void>): Promise<void> =>
    work.then(onSuccess, (error: unknown) => {
      if (!signal.aborted) onFailure(error)
    })

  const beat = (signal: AbortSignal): Promise<void> =>
    unlessStopped(signal, notes.beat(fleet.note(), { signal }))

  return {
    read,
    async tellCounted(until) {
      const note = noteOf(notes.identity, until)
      await notes.beat(note, { signal: new AbortController().signal })
      fleet.counted(until)
    },
    async stay(signal, joined) {
      for (let turn = 0; !signal.aborted; turn++) {
        void beat(signal)
        if (turn % 2 === 0) await unlessStopped(signal, read(signal))
        joined()
        await idleFor(fleet.beatMs(), signal)
      }
    },
  }
}
