import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { CompozyError } from '../../../core/errors.ts'
import { temporalVersion } from './pins.ts'
import type { FetchRequest, BinarySource } from './source.ts'
import { extractFromTar } from './tar.ts'

/** Where the archives are, and how long to wait for a silent server. */
export interface ReleaseOptions {
  readonly baseUrl?: string
  readonly stallMs?: number
}

const releases = `https://github.com/temporalio/cli/releases/download/v${temporalVersion}`
const licenseAndPadding = 1_048_576

/** Reads a response's body and reports its progress. */
async function readBody(
  response: Response,
  alive: () => void,
  onProgress: FetchRequest['onProgress'],
): Promise<Buffer> {
  const stage = `fetching Temporal ${temporalVersion}`
  const announced = Number(response.headers.get('content-length') ?? 0)
  const total = announced > 0 ? { total: announced } : {}
  const chunks: Uint8Array[] = []
  let received = 0
  for await (const chunk of response.body ?? []) {
    alive()
    chunks.push(chunk as Uint8Array)
    received += (chunk as Uint8Array).length
    onProgress({ stage, received, ...total })
  }
  return Buffer.concat(chunks)
}

/**
 * Downloads Temporal's own release. Fails at once without a network, and after ten seconds on a
 * silent one. Node's `fetch` ignores proxies; pip serves users behind one.
 */
export function releaseSource({
  baseUrl = releases,
  stallMs = 10_000,
}: ReleaseOptions = {}): BinarySource {
  return {
    name: 'the official release',
    async fetch({ pin, onProgress, signal }) {
      const stalled = new AbortController()
      const silence = () => stalled.abort(new Error(`no answer for ${stallMs / 1_000} s`))
      const timer = setTimeout(silence, stallMs)
      const file = `temporal_cli_${temporalVersion}_${pin.release}.tar.gz`
      try {
        const response = await fetch(`${baseUrl}/${file}`, {
          signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
        })
        if (!response.ok)
          throw new CompozyError(
            'binary_unavailable',
            `${file}: the server answers ${response.status}`,
          )
        const archive = await readBody(response, () => timer.refresh(), onProgress)
        onProgress({ stage: 'unpacking Temporal' })
        const maxOutputLength = pin.program.bytes + licenseAndPadding
        return extractFromTar(await promisify(gunzip)(archive, { maxOutputLength }), 'temporal')
      } catch (cause) {
        if (cause instanceof CompozyError) throw cause
        const reason = stalled.signal.aborted ? stalled.signal.reason : innermost(cause)
        throw new CompozyError('binary_unavailable', `${file}: ${messageOf(reason)}`, { cause })
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** `fetch` says only "fetch failed"; its cause has the reason. */
function innermost(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause instanceof Error ? innermost(thrown.cause) : thrown
}

const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
