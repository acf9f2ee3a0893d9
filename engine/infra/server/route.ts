import type { FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'
import { CompozyError, type ErrorCode, type Violation } from '../../core/errors.ts'
import type { JsonValue } from '../../core/json.ts'
import { describeOperation } from './operation.ts'

/** What a handler gets: everything parsed, and a signal that aborts when the client leaves. */
export interface RouteInput<P, Q, B, H> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly headers: H
  signal(): AbortSignal
}

/** What a handler answers. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One documented success. */
export interface Success {
  readonly description: string
  /** Content type; JSON without it. */
  readonly type?: string
  readonly schema?: z.ZodType
  readonly headers?: Readonly<Record<string, string>>
}

/** A route, from whose schemas validation, types and the OpenAPI document all come. */
export interface RouteSpec<P, Q, B, H> {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly url: string
  readonly operationId: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodType<P>
  readonly query?: z.ZodType<Q>
  readonly body?: z.ZodType<B>
  readonly headers?: z.ZodType<H>
  readonly success: Readonly<Record<number, Success>>
  /** Codes that are this route's own; those of its request's parts, its token and `internal` are known without. */
  readonly problems: readonly ErrorCode[]
  /**
   * The route holds its connection on purpose, until this signal at the latest: how long it lasts is no latency, and a
   * stop of the server does not wait for it.
   */
  readonly heldUntil?: AbortSignal
  handle(input: RouteInput<P, Q, B, H>): Promise<Answer>
}

/** A JSON pointer (RFC 6901). */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function violationsOf(where: string, error: z.ZodError): Violation[] {
  return error.issues.map(({ path, message }) => ({
    pointer: pointerTo([where, ...path]),
    message,
  }))
}

/** Parses one part of a request; CompozyError `input_invalid` with every violation. */
function parsePart<T>(where: string, schema: z.ZodType<T> | undefined, raw: unknown): T {
  if (schema === undefined) return undefined as T
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const violations = violationsOf(where, parsed.error)
  const summary = violations.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ')
  const does = where === 'headers' ? 'do' : 'does'
  throw new CompozyError('input_invalid', `the ${where} ${does} not fit: ${summary}`, {
    violations,
  })
}

function abortSignal(reply: FastifyReply, heldUntil: AbortSignal | undefined): AbortSignal {
  const controller = new AbortController()
  const end = () => controller.abort(heldUntil?.reason)
  if (heldUntil?.aborted) end()
  heldUntil?.addEventListener('abort', end, { once: true })
  reply.raw.once('close', () => {
    heldUntil?.removeEventListener('abort', end)
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

/** Registers a route. Fastify's own validation is off: the schemas are checked here, once, with all violations. */
export function registerRoute<P, Q, B, H>(app: FastifyInstance, spec: RouteSpec<P, Q, B, H>): void {
  const { method, url, params, query, body, headers, heldUntil } = spec
  // Monitoring leaves the duration of such a route out of its latencies.
  const config = { longLived: heldUntil !== undefined }
  app.route({
    method,
    url,
    config,
    // A HEAD would run the handler to its end, for an answer that nobody reads.
    exposeHeadRoute: method === 'GET' && heldUntil === undefined,
    schema: describeOperation(spec),
    handler: async (request, reply) => {
      let signal: AbortSignal | undefined
      const answer = await spec.handle({
        params: parsePart('path', params, request.params),
        query: parsePart('query', query, request.query),
        body: parsePart('body', body, request.body as JsonValue),
        headers: parsePart('headers', headers, request.headers),
        signal: () => (signal ??= abortSignal(reply, heldUntil)),
      })
      void reply.code(answer.status).headers(answer.headers ?? {})
      return answer.body
    },
  })
}
