import type { Pin } from './pins.ts'

/** Progress of a download. Sizes in bytes; `total` only if known. */
export interface FetchProgress {
  readonly stage: string
  readonly received?: number
  readonly total?: number
}

/** What to download. */
export interface FetchRequest {
  readonly pin: Pin
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onProgress: (progress: FetchProgress) => void
  readonly signal?: AbortSignal
}

/** A place to download the program from. */
export interface BinarySource {
  /** Its name in messages: `the official release`. */
  readonly name: string
  /**
   * Returns the program's bytes, unchecked. Throws CompozyError `binary_unavailable` with the
   * reason.
   */
  fetch(request: FetchRequest): Promise<Buffer>
}
