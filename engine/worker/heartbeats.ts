/** A call in progress: its context. */
export interface LivingCall {
  heartbeat(): void
}

const tickMs = 500
const ticksOfHeartbeat = 2

/**
 * Sends the heartbeats of all calls, one a second for each: Temporal delivers a call that falls
 * silent again. Calls of less than half a second send none. They share one timer: most end long
 * before one of their own would tick.
 */
export class Heartbeats {
  /** Ticks since each call began. */
  readonly #ticks = new Map<LivingCall, number>()
  #timer: NodeJS.Timeout | undefined

  begin(call: LivingCall): void {
    this.#ticks.set(call, 0)
    this.#timer ??= setInterval(() => this.#tick(), tickMs).unref()
  }

  end(call: LivingCall): void {
    this.#ticks.delete(call)
  }

  #tick(): void {
    if (this.#ticks.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    for (const [call, before] of this.#ticks) {
      const ticks = before + 1
      this.#ticks.set(call, ticks)
      if (ticks % ticksOfHeartbeat === 0) call.heartbeat()
    }
  }
}
