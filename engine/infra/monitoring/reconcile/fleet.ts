/** A heartbeat of a process, as Temporal lists it. */
export interface Heartbeat {
  /** Names the process, and up to when it has counted closes, if it has: {@link noteOf}. */
  readonly note: string
  /** By Temporal's clock, ms since the Unix epoch. */
  readonly at: number
}

/** The processes of one task queue, which share the queries among them. */
export interface Fleet {
  /** Takes over a new list of heartbeats. */
  update(heartbeats: readonly Heartbeat[]): void
  /** Reports whether this process asks the query with this key. */
  owns(key: string): boolean
  /**
   * Reports whether this process alone may do what must be done once, for {@link beatMs} from the
   * last update on: others know it, and hear of its heartbeats.
   */
  leads(key: string): boolean
  /** Returns the number of live processes, at least 1. */
  size(): number
  /** Returns Temporal's clock at the last update, ms since the Unix epoch. */
  now(): number | undefined
  /** Returns up to when the fleet has counted closes, by Temporal's clock. */
  countedUntil(): number | undefined
  /** Returns up to when this process has counted closes by the notes of its that Temporal lists. */
  told(): number | undefined
  /** Notes that this process has counted closes up to a time. */
  counted(until: number): void
  /** What the next heartbeat of this process says. */
  note(): string
  /** Returns the time between two heartbeats of a process, ms. */
  beatMs(): number
}

/** Heartbeats of a small fleet, and how often a large one reaches Temporal, in all. */
const shortestBeatMs = 5_000
const beatsPerSecond = 30
/** A process that has missed so many heartbeats is gone. */
const missedBeats = 3

/** Writes a heartbeat's note: the process, and how far it has counted closes. */
export function noteOf(identity: string, countedUntil?: number): string {
  return countedUntil === undefined ? identity : `${identity} closes=${countedUntil}`
}

function readNote({ note, at }: Heartbeat) {
  const found = / closes=(\d+)$/.exec(note)
  if (found === null) return { identity: note, at }
  return { identity: note.slice(0, found.index), at, countedUntil: Number(found[1]) }
}

/** Spreads 32 bits over all others. */
function avalanche(bits: number): number {
  let value = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** Hashes a text into 32 bits: FNV-1a with a final avalanche. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  }
  return avalanche(value)
}

/**
 * Returns a function that names the owner of a key among processes. Hashes of names are made once:
 * a thousand processes and a thousand keys are a million cheap comparisons.
 */
export function createOwners(identities: readonly string[]): (key: string) => string | undefined {
  const members = identities.map((identity) => ({ identity, bits: hash(identity) }))
  return (key) => {
    const bits = hash(key)
    let owner: string | undefined
    let highest = -1
    for (const member of members) {
      const score = avalanche(bits ^ member.bits)
      if (score < highest || (score === highest && member.identity > owner!)) continue
      highest = score
      owner = member.identity
    }
    return owner
  }
}

/**
 * Creates the view that one process has of its fleet. Each key belongs to the live process with the
 * highest hash, so the processes need not talk to each other, and the keys of a process that is
 * gone spread over the others. For a moment two may own a key, or none: queries stand that. What
 * must happen once asks `leads`, which is true for one at most: a process that joins waits until
 * all others must have seen it, and one that is not heard stops before the others take over.
 */
export function createFleet(identity: string): Fleet {
  const lastBeats = new Map<string, number>([[identity, -Infinity]])
  let ownerOf = createOwners([identity])
  const owned = new Map<string, boolean>()
  let live: readonly string[] = [identity]
  let joinedAt: number | undefined
  let latest: number | undefined
  let countedUntil: number | undefined
  let ownCount: number | undefined
  let told: number | undefined
  const beatMs = (): number => Math.max(shortestBeatMs, (live.length / beatsPerSecond) * 1_000)

  function learn(until: number): void {
    countedUntil = Math.max(countedUntil ?? 0, until)
  }

  /** Who was not heard for long joins again: others may have taken over meanwhile. */
  function noteOwn(at: number): void {
    const silentFor = at - lastBeats.get(identity)!
    if (silentFor >= missedBeats * beatMs()) joinedAt = at
  }

  const fleet: Fleet = {
    update(heartbeats) {
      for (const heartbeat of heartbeats) {
        const { identity: from, at, countedUntil: until } = readNote(heartbeat)
        if (from === identity) noteOwn(at)
        lastBeats.set(from, Math.max(lastBeats.get(from) ?? -Infinity, at))
        // A note holds whole milliseconds.
        latest = Math.max(latest ?? 0, Math.floor(at))
        if (until !== undefined) learn(until)
        if (until !== undefined && from === identity) told = Math.max(told ?? 0, until)
      }
      const goneBefore = (latest ?? 0) - missedBeats * beatMs()
      for (const [name, at] of lastBeats)
        if (at <= goneBefore && name !== identity) lastBeats.delete(name)
      const next = [...lastBeats.keys()].toSorted()
      if (next.join('\n') === live.join('\n')) return
      live = next
      ownerOf = createOwners(live)
      owned.clear()
    },
    owns(key) {
      let answer = owned.get(key)
      if (answer === undefined) owned.set(key, (answer = ownerOf(key) === identity))
      return answer
    },
    leads(key) {
      if (latest === undefined || joinedAt === undefined || !fleet.owns(key)) return false
      const own = lastBeats.get(identity)!
      // A process that joins first is seen by all that join later.
      const waits = live.length === 1 ? 1 : missedBeats
      return latest - joinedAt >= waits * beatMs() && latest - own <= 2 * beatMs()
    },
    size: () => live.length,
    now: () => latest,
    countedUntil: () => countedUntil,
    told: () => told,
    counted(until) {
      learn(until)
      ownCount = until
    },
    note: () => noteOf(identity, ownCount),
    beatMs,
  }
  return fleet
}
