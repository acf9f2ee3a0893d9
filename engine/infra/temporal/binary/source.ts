import type { Pin } from './pins.ts'

/** How far a fetch is. Sizes in bytes; `total` only where it is known. */
export interface FetchProgress {
  readonly stage: string
  readonly received?: number
  readonly total?: number
}

/** What a source is asked for. */
export interface FetchRequest {
  readonly pin: Pin
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onProgress: (progress: FetchProgress) => void
  readonly signal?: AbortSignal
}

/** A place that the program can be fetched from. */
export interface BinarySource {
  /** As it stands in messages: `the official release`. */
  readonly name: string
  /** The program's bytes, unchecked. Throws CompozyError `binary_unavailable` with the reason. */
  fetch(request: FetchRequest): Promise<Buffer>
}
