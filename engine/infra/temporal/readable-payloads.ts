import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common'

/** Values as Temporal carries them. */
export type Payloads = Parameters<typeof arrayFromPayloads>[1]

/**
 * Reports whether values can be read. Those of another client may be encrypted, or in a form that
 * the engine does not know: reading them would fail the workflow task, and every later one.
 */
export function isReadable(payloads: Payloads | null | undefined): boolean {
  try {
    arrayFromPayloads(defaultPayloadConverter, payloads)
    return true
  } catch {
    return false
  }
}
