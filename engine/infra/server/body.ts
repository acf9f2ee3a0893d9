import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CompozyError } from '../../core/errors.ts'
import { parseExactJson } from '../../core/exact-json.ts'
import type { JsonValue } from '../../core/json.ts'

/** Charsets that a JSON body may declare; JSON is always UTF-8, of which ASCII is a part. */
const charsets: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii'])

function charsetOf(contentType: string | undefined): string {
  return /;\s*charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8'
}

/**
 * Parses a request's body so that every value is exactly what the client sent. Throws CompozyError
 * `input_invalid` with the JSON pointer of what can't be kept.
 */
function parseBody(bytes: Buffer): JsonValue {
  if (!isUtf8(bytes)) {
    throw new CompozyError(
      'input_invalid',
      'the body is not valid UTF-8; JSON must be sent as UTF-8',
    )
  }
  const parsed = parseExactJson(bytes.toString('utf8'))
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
      const charset = charsetOf(headers['content-type'])
      if (charsets.has(charset)) return parseBody(bytes)
      throw new CompozyError(
        'unsupported_media_type',
        `the charset ${charset} is not supported; send JSON as UTF-8`,
      )
    },
  )
}
