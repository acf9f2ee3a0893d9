import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CompozyError } from '../../core/errors.ts'
import { inspectJson } from '../../core/exact-json.ts'
import type { JsonValue } from '../../core/json.ts'
import { quoteShort } from '../../core/quote.ts'

/** Charsets that a JSON body may declare; JSON is always UTF-8, of which ASCII is a part. */
const charsets: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii'])

function charsetOf(contentType: string | undefined): string {
  return /;\s*charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8'
}

/**
 * Values and different names that a body may hold. To parse a value costs up to 0.4 µs, a new name
 * up to 3 µs: at these bounds a hostile body holds the main loop for less than 100 ms.
 */
const bounds = { values: 200_000, names: 20_000 }

/** Bodies above this many bytes let other requests in between the steps of parsing. */
const largeBody = 65_536

/**
 * Parses a request's body so that every value is exactly what the client sent. Throws CompozyError
 * `input_invalid` with the JSON pointer of what can't be kept.
 */
async function parseBody(bytes: Buffer): Promise<JsonValue> {
  if (!isUtf8(bytes)) {
    throw new CompozyError(
      'input_invalid',
      'the body is not valid UTF-8; JSON must be sent as UTF-8',
    )
  }
  const inspected = inspectJson(bytes.toString('utf8'), bounds)
  if (bytes.length > largeBody) await setImmediate()
  const parsed = inspected.parse()
  if (bytes.length > largeBody) await setImmediate()
  if ('value' in parsed) return parsed.value
  const { message } = parsed.refusal
  const pointer = `/body${parsed.refusal.pointer}`
  const place = parsed.refusal.pointer === '' ? 'the body' : `the body at ${pointer}:`
  throw new CompozyError('input_invalid', `${place} ${message}`, {
    violations: [{ pointer, message }],
  })
}

/**
 * Accepts JSON bodies only. An empty body counts as none: a signal without payload, a start without
 * input.
 */
export function addJsonParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async ({ headers }: FastifyRequest, bytes: Buffer) => {
      if (bytes.length === 0) return undefined
      const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
      if (encoding !== 'identity' && encoding !== '')
        throw new CompozyError(
          'unsupported_media_type',
          `the encoding ${quoteShort(encoding)} is not supported; send the body uncompressed`,
        )
      const charset = charsetOf(headers['content-type'])
      if (charsets.has(charset)) return parseBody(bytes)
      throw new CompozyError(
        'unsupported_media_type',
        `the charset ${charset} is not supported; send JSON as UTF-8`,
      )
    },
  )
}
