import type { HeapProfiler, Profiler, Runtime } from 'node:inspector'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import {
  Function as PprofFunction,
  Line,
  Location,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from 'pprof-format'

/** One stack with its measurements; the innermost frame first. */
interface Stack {
  readonly frames: readonly Runtime.CallFrame[]
  readonly values: readonly number[]
}

interface ProfileData {
  /** Name and unit of each value: `['cpu', 'nanoseconds']`. */
  readonly types: readonly (readonly [string, string])[]
  readonly stacks: readonly Stack[]
  /** Start, in ms since 1970, and length, in ms. */
  readonly startedAt: number
  readonly durationMs: number
}

/** Encodes a profile for `go tool pprof`: gzipped protobuf. */
async function write({ types, stacks, startedAt, durationMs }: ProfileData): Promise<Buffer> {
  const strings = new StringTable()
  const places = new Map<string, number>()
  const functions: PprofFunction[] = []
  const locations: Location[] = []
  const locate = ({ functionName, url, lineNumber, columnNumber }: Runtime.CallFrame): number => {
    const key = `${url}:${lineNumber}:${columnNumber}:${functionName}`
    const known = places.get(key)
    if (known !== undefined) return known
    const id = locations.length + 1
    const name = strings.dedup(functionName || '(anonymous)')
    const filename = strings.dedup(url.replace(/^file:\/\//, '') || '(node)')
    // V8 counts lines from 0.
    functions.push(
      new PprofFunction({ id, name, systemName: name, filename, startLine: lineNumber + 1 }),
    )
    locations.push(new Location({ id, line: [new Line({ functionId: id, line: lineNumber + 1 })] }))
    places.set(key, id)
    return id
  }
  const profile = new Profile({
    sampleType: types.map(
      ([type, unit]) => new ValueType({ type: strings.dedup(type), unit: strings.dedup(unit) }),
    ),
    sample: stacks.map(
      ({ frames, values }) => new Sample({ locationId: frames.map(locate), value: [...values] }),
    ),
    location: locations,
    function: functions,
    stringTable: strings,
    timeNanos: BigInt(startedAt) * 1_000_000n,
    durationNanos: Math.round(durationMs * 1e6),
  })
  return promisify(gzip)(profile.encode())
}

/** Reports whether a node stands for idle time. */
const isIdle = ({ callFrame }: Profiler.ProfileNode): boolean => callFrame.functionName === '(idle)'

/** Encodes a CPU profile of V8: samples and time of each stack. */
export function writeCpuProfile(profile: Profiler.Profile, startedAt: number): Promise<Buffer> {
  const { nodes, samples = [], timeDeltas = [], startTime, endTime } = profile
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  )
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const seen = new Map<number, { count: number; micros: number }>()
  for (const [i, id] of samples.entries()) {
    const { count, micros } = seen.get(id) ?? { count: 0, micros: 0 }
    // The delta after a sample belongs to it; the last sample has none.
    seen.set(id, { count: count + 1, micros: micros + Math.max(0, timeDeltas[i + 1] ?? 0) })
  }
  const framesOf = (id: number): Runtime.CallFrame[] => {
    const frames: Runtime.CallFrame[] = []
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { callFrame } = byId.get(at)!
      if (callFrame.functionName !== '(root)') frames.push(callFrame)
    }
    return frames
  }
  const stacks = [...seen]
    .filter(([id]) => !isIdle(byId.get(id)!))
    .map(([id, { count, micros }]) => ({ frames: framesOf(id), values: [count, micros * 1_000] }))
  return write({
    types: [
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ],
    stacks,
    startedAt,
    durationMs: (endTime - startTime) / 1_000,
  })
}

function stacksBelow(
  node: HeapProfiler.SamplingHeapProfileNode,
  callers: readonly Runtime.CallFrame[],
): Stack[] {
  const frames = node.callFrame.functionName === '(root)' ? callers : [node.callFrame, ...callers]
  const own = node.selfSize > 0 ? [{ frames, values: [node.selfSize] }] : []
  return [...own, ...node.children.flatMap((child) => stacksBelow(child, frames))]
}

/** Encodes a sampled heap profile of V8: live bytes by place of allocation. */
export function writeHeapProfile(
  { head }: HeapProfiler.SamplingHeapProfile,
  now: number,
): Promise<Buffer> {
  const types = [['inuse_space', 'bytes']] as const
  return write({ types, stacks: stacksBelow(head, []), startedAt: now, durationMs: 0 })
}
