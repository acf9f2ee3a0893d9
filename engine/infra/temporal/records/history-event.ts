import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common'
import type { JsonValue } from '../../../core/json.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import type { Payloads } from '../readable-payloads.ts'

/** Returns the time of an event, ms since 1970. */
export function timeOf(event: TemporalEvent): number {
  const { seconds, nanos } = event.eventTime ?? {}
  return Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1e6)
}

/** Returns the first value of an event's payloads, null without any. */
export function valueOf(payloads: Payloads | null | undefined): JsonValue {
  const [value = null] = arrayFromPayloads(defaultPayloadConverter, payloads) as JsonValue[]
  return value
}
