import { parseDuration } from '../../core/time/duration.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import type { Path } from '../../core/source.ts'
import type { Report } from '../../schema/report.ts'
import type { Shapes } from '../../schema/shape.ts'
import type { TaskLevel } from '../task-tree.ts'

/** The shortest timer that Temporal keeps, ms. */
const shortest = 1_000

/** A timer that lasts longer than it says. */
interface ShortTimer {
  /** What it is: `a pause`. */
  readonly timer: string
  readonly path: Path
}

function* shortTimersIn(fields: Shapes, raw: JsonObject, path: Path): Generator<ShortTimer> {
  for (const [key, field] of Object.entries(fields)) {
    const value = raw[key]
    if (field.is === 'object' && isJsonObject(value))
      yield* shortTimersIn(field.fields, value, [...path, key])
    if (field.is !== 'duration' || field.timer === undefined || typeof value !== 'string') continue
    const ms = parseDuration(value) ?? 0
    // Nothing waits for a timer of 0.
    if (ms > 0 && ms < shortest) yield { timer: field.timer, path: [...path, key] }
  }
}

function* shortTimersOf({ nodes }: TaskLevel): Generator<ShortTimer> {
  for (const { fields, raw, path, levels } of nodes) {
    yield* shortTimersIn(fields, raw, path)
    for (const { level } of levels) yield* shortTimersOf(level)
  }
}

/** Warns once in a file of timers under a second, which Temporal rounds up to one. */
export function checkTimers(level: TaskLevel, report: Report): void {
  const [first, ...others] = shortTimersOf(level)
  if (first === undefined) return
  const { length } = others
  const more =
    length === 0
      ? ''
      : `; so ${length === 1 ? 'does 1 more timer' : `do ${length} more timers`} of this file`
  report.warning(first.path, `${first.timer} under a second lasts about a second${more}`, {
    hint: 'Temporal rounds shorter timers up to one second; write 1s, or remove it',
  })
}
