import type { JsonValue } from './json.ts'
import { JsonSizes } from './size/json-sizes.ts'

/**
 * Limits of what a run sends and keeps, in bytes of UTF-8 JSON. Temporal's own defaults stand
 * beside each: past them it rejects the workflow task again and again, or terminates the run.
 */
export const limits = {
  /**
   * One value: the input of a tool, child or event, a signal's payload, an output that is sent.
   * Temporal: 2 MiB a payload (`limit.blobSize.error`); the rest is room for what wraps the value.
   */
  payloadBytes: 2_000_000,
  /**
   * All that one workflow task sends together. Temporal: 4 MiB a gRPC message, 4 MB a transaction
   * (`system.transactionSizeLimit`).
   */
  workflowTaskBytes: 3_500_000,
  /** What a run carries when it continues as new, beside its definition and its input. */
  carriedBytes: 2_000_000,
  /** The start argument of a run that carries tasks, with its definition and its input. */
  carryingStartBytes: 2_090_000,
  /** An error's message. Longer ones are cut and say so. */
  errorMessageBytes: 16_384,
  /** An error's message where room is short: in lists, and of attempts that others followed. */
  shortMessageBytes: 1_024,
  /** An error's `cause`: violations, children's errors, stack frames. Larger ones are cut. */
  errorCauseBytes: 65_536,
  /** The states of tasks that a closed run keeps with its result. */
  taskStatesBytes: 65_536,
  /** The answer to one query of a run's view. */
  viewBytes: 262_144,
  /** Signals of one name that a run keeps until a wait takes them. */
  pendingSignals: 1_000,
  /** All signals that a run keeps: they are carried when it continues as new. */
  pendingSignalBytes: 1_000_000,
  /** A run with a longer history takes no more signals. Temporal terminates it at 50 MiB. */
  historyBytes: 40_000_000,
  /**
   * A history with the next output of a tool or result of a child in it. Temporal terminates a run
   * at 50 MiB, and a few may end at once.
   */
  historyWithOutputBytes: 44_000_000,
  /**
   * A value this small is written to a history without a question about its room: 500 of them fit
   * beside `historyWithOutputBytes`.
   */
  unaskedBytes: 12_000,
  /**
   * The argument of a child. By revision 9, a workflow task sent it twice: in the marker of the
   * local activity that prepared it and in the command that started it.
   */
  childStartBytes: 1_700_000,
  /** What a workflow task keeps free for the starts of children, unless one alone is larger. */
  childStartsBytes: 450_000,
} as const

/**
 * Bytes of the UTF-8 form of a text. Lone surrogates count three bytes, as JSON escapes them later.
 */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x8_00 || (unit >= 0xd8_00 && unit <= 0xdf_ff)) bytes += 1
    else bytes += 2
  }
  return bytes
}

/**
 * Bytes of a value's JSON in UTF-8. Infinity for a value that is nested deeper than JSON text may
 * be. To compare with a limit, use {@link bytesOver}.
 */
export function jsonBytes(value: JsonValue): number {
  return new JsonSizes().bytes(value)
}

/**
 * Returns a value's size in bytes when it exceeds `limit`, else undefined. Cheap for values far
 * below the limit.
 */
export function bytesOver(value: JsonValue, limit: number): number | undefined {
  return new JsonSizes().over(value, limit)
}

/**
 * Returns at most `limit` bytes of a text, with its full length when it was cut.
 * @example cutText('x'.repeat(900), 100) // "xxx… (cut; 900 bytes in all)"
 */
export function cutText(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text
  const bytes = utf8Bytes(text)
  if (bytes <= limit) return text
  const note = `… (cut; ${bytes.toLocaleString('en')} bytes in all)`
  let kept = text.slice(0, limit - note.length - 2)
  while (utf8Bytes(kept) + note.length + 2 > limit)
    kept = kept.slice(0, Math.floor(kept.length * 0.75))
  const last = kept.charCodeAt(kept.length - 1)
  if (last >= 0xd8_00 && last <= 0xdb_ff) kept = kept.slice(0, -1)
  return kept + note
}

/** Returns a text without the note that {@link cutText} put at its end. */
export function withoutCutNote(text: string): string {
  return text.replace(/… \(cut; [\d,]{1,20} bytes in all\)$/, '')
}

/** How a size reads in messages: `2,457,612 bytes`. */
export function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`
}

/** The longest delay of a timer of Node.js, in ms. A longer one fires at once. */
export const longestTimerMs = 2 ** 31 - 1
