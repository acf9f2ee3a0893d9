/** A process that polls the task queue, as Temporal lists it. */
export interface Poller {
  readonly identity: string
  /** Start of its last poll by Temporal's clock, ms since the Unix epoch. */
  readonly lastAccess: number
}

/** Who this process is. */
export interface FleetMember {
  /** The identity under which Temporal lists its workers. */
  readonly identity: string
  /** Whether it has workers, and so is listed. */
  readonly polls: boolean
}

/** The processes of one task queue, which share the queries among them. */
export interface Fleet {
  /** Takes over a new list of pollers. */
  update(pollers: readonly Poller[]): void
  /** Reports whether this process asks the query with this key. */
  owns(key: string): boolean
  /** Returns the number of processes that have polled lately, at least 1. */
  size(): number
}

/** A long poll lasts up to a minute; a process without a poll for longer is gone. */
const goneAfterMs = 75_000

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
 * gone spread over the others. Until all have polled again after this process started, it takes the
 * keys of the silent ones: a query may be asked twice, but never by nobody.
 */
export function createFleet(self: FleetMember, now: () => number = Date.now): Fleet {
  let live: readonly string[] = self.polls ? [self.identity] : []
  let ownerOf = createOwners(live)
  const owned = new Map<string, boolean>()
  let recent = 1
  let firstOwnPoll: number | undefined

  function isLive({ identity, lastAccess }: Poller, latest: number): boolean {
    if (identity === self.identity) return true
    const polledSinceStart = firstOwnPoll === undefined || lastAccess >= firstOwnPoll
    return polledSinceStart && latest - lastAccess < goneAfterMs
  }

  return {
    update(pollers) {
      const own = pollers.find(({ identity }) => identity === self.identity)
      if (own !== undefined) firstOwnPoll ??= own.lastAccess
      // Temporal's clock is compared with itself; only a process without workers needs its own.
      const latest = self.polls ? Math.max(...pollers.map(({ lastAccess }) => lastAccess)) : now()
      const others = pollers
        .filter((poller) => isLive(poller, latest))
        .map((poller) => poller.identity)
      const lately = pollers.filter(({ lastAccess }) => latest - lastAccess < goneAfterMs)
      recent = Math.max(1, new Set(lately.map(({ identity }) => identity)).size)
      const next = [...new Set(self.polls ? [self.identity, ...others] : others)].toSorted()
      if (next.join('\n') === live.join('\n')) return
      live = next
      ownerOf = createOwners(live)
      owned.clear()
    },
    owns(key) {
      let answer = owned.get(key)
      if (answer === undefined) {
        const owner = ownerOf(key)
        answer = owner === undefined || owner === self.identity
        owned.set(key, answer)
      }
      return answer
    },
    size: () => recent,
  }
}
