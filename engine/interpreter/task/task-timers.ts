import type { TimerEnds, TimerName } from './task-progress.ts'

/** The ends of a task's timers, which the next run of the chain keeps. */
export class TaskTimers {
  #until: TimerEnds | undefined
  /** Those that an earlier run of the chain began, until they go on. */
  #inherited: TimerEnds | undefined

  constructor(inherited: TimerEnds | undefined) {
    this.#until = inherited
    this.#inherited = inherited
  }

  /** Returns how long the timer has to run, ms; one that an earlier run began goes on. */
  begin(name: TimerName, ms: number, now: number): number {
    const end = this.#inherited?.[name] ?? now + ms
    this.#until = { ...this.#until, [name]: end }
    this.#inherited = without(this.#inherited, name)
    return Math.max(0, end - now)
  }

  end(name: TimerName): void {
    this.#until = without(this.#until, name)
    this.#inherited = without(this.#inherited, name)
  }

  /** The ends of the timers that run or are to go on; undefined if there is none. */
  until(): TimerEnds | undefined {
    return this.#until
  }
}

function without(ends: TimerEnds | undefined, name: TimerName): TimerEnds | undefined {
  if (ends?.[name] === undefined) return ends
  const { [name]: _, ...rest } = ends
  return Object.keys(rest).length === 0 ? undefined : rest
}
