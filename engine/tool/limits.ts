import { maximumJsonDepth } from '../core/exact-json.ts'

/**
 * Bounds on everything that a tool sends. A payload of Temporal's is at most 2 MiB
 * (`BlobSizeLimitError`, https://docs.temporal.io/cloud/limits), and a result carries more than the
 * output or the error alone.
 */
export const toolLimits = {
  /** Output as JSON, bytes: Temporal's 2 MiB less 100 KiB for what surrounds it. */
  outputBytes: 1_945 * 1_024,
  /** Levels of nesting of inputs and outputs, as everywhere in the engine. */
  depth: maximumJsonDepth,
  /**
   * One variable of a tool's environment, bytes: Linux takes 128 KiB (`MAX_ARG_STRLEN`), name
   * included.
   */
  variableBytes: 120_000,
  /** A tool's whole environment, bytes: macOS takes 1 MiB (`ARG_MAX`), arguments included. */
  envBytes: 500_000,
  /** One line of the console, characters. */
  consoleCharacters: 65_536,
  /** Exports named by the error about a missing export. */
  exports: 20,
  /** Violations of a schema that an error lists, and the length of each text. */
  violations: 20,
  violationCharacters: 500,
  /** Frames of a stack that an error keeps, and the length of each. */
  frames: 20,
  frameCharacters: 300,
  /**
   * How often Temporal may deliver one call before it counts as crashed: a call whose worker dies
   * is delivered again, and one that kills every worker must end.
   */
  deliveries: 6,
} as const

/** Bounds on one thrown error; the tool sandbox cuts to them and the engine checks them. */
export const errorLimits = {
  nameCharacters: 200,
  messageCharacters: 8_192,
  stackCharacters: 16_384,
  /** Message and stack of each cause, characters. */
  causeCharacters: 2_048,
  /** Levels of `error.cause`. */
  causeDepth: 5,
  /** Errors kept of each AggregateError. */
  aggregateErrors: 5,
  /** Causes and errors of aggregates of one error, all together. */
  causes: 20,
} as const

/**
 * Longest line of the protocol, in characters. Everything but an output stays under 1 Mi
 * characters: JSON escapes lengthen texts up to six times.
 */
export const longestLine = (outputBytes: number): number => outputBytes + (1 << 20)
