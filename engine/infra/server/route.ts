import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { ErrorCode } from '../../core/errors.ts'
import type { Monitoring } from '../monitoring/public/index.ts'
import type { TokenScope } from './access/api-tokens.ts'
import { describeOperation } from './operation.ts'
import { createPartParser } from './request-part.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Tells monitoring which run a request started. */
    linkRun: Monitoring['http']['linkRun']
  }
}

/** A parsed request, with a signal that aborts when the client disconnects. */
export interface RouteInput<P, Q, B, H> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly headers: H
  signal(): AbortSignal
  /** Names a run that the request started: for the audit log and the exemplars of the request. */
  started(execId: string): void
}

/** Status, body and headers that a handler returns. */
export interface RouteResult {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One documented success. */
export interface Success {
  readonly description: string
  /** Content type; JSON by default. */
  readonly type?: string
  readonly schema?: z.ZodType
  readonly headers?: Readonly<Record<string, string>>
}

/** A route; its schemas give validation, types and the OpenAPI document. */
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
  /** Error codes of this route alone; those of parsing, tokens and `internal` are added. */
  readonly problems: readonly ErrorCode[]
  /**
   * Set for long-lived routes: the latest moment at which the route ends its connection, so that a
   * stop does not wait for it. Monitoring leaves them out of the latency metrics.
   */
  readonly heldUntil?: AbortSignal
  /** Which requests of a long-lived route are held; default: all. */
  readonly holds?: (request: FastifyRequest) => boolean
  /** What a token must be allowed to do; by default `read` for GET and `run` for changes. */
  readonly scope?: TokenScope
  handle(input: RouteInput<P, Q, B, H>): Promise<RouteResult>
}

/**
 * Calls back once a response closes. A pipelined one that waits for its turn has no `close` of its
 * own when its connection ends.
 */
function whenClosed({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply, act: () => void) {
  const end = (): void => {
    raw.off('close', end)
    socket.off('close', end)
    act()
  }
  raw.once('close', end)
  if (raw.socket === null) socket.once('close', end)
}

function abortSignal(
  request: FastifyRequest,
  reply: FastifyReply,
  heldUntil: AbortSignal | undefined,
): AbortSignal {
  // The client may be gone before the handler asks.
  if (reply.raw.destroyed || request.raw.socket.destroyed) return AbortSignal.abort()
  const controller = new AbortController()
  const end = () => controller.abort(heldUntil?.reason)
  if (heldUntil?.aborted) end()
  heldUntil?.addEventListener('abort', end, { once: true })
  whenClosed(request, reply, () => {
    heldUntil?.removeEventListener('abort', end)
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

/**
 * The headers of a request, a repeated one as a list: Node joins its values with commas, so that a
 * key given twice would be another key.
 */
function distinctHeaders({ headers, raw: { rawHeaders } }: FastifyRequest): object {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
  if (new Set(names).size === names.length) return headers
  const valuesOf = (name: string): string | string[] | undefined => {
    const values = rawHeaders.filter((_, i) => i % 2 === 1 && names[(i - 1) / 2] === name)
    return values.length > 1 ? values : headers[name]
  }
  return Object.fromEntries(Object.keys(headers).map((name) => [name, valuesOf(name)]))
}

/**
 * Registers a route. Its schemas are checked here, with all violations; Fastify's validation is
 * off.
 */
export function registerRoute<P, Q, B, H>(app: FastifyInstance, spec: RouteSpec<P, Q, B, H>): void {
  const { method, url, params, query, body, headers, heldUntil } = spec
  const scope = spec.scope ?? (method === 'GET' ? 'read' : 'run')
  const longLived = spec.holds ?? heldUntil !== undefined
  const isHeld = spec.holds ?? (() => true)
  const config = { longLived, scope, operationId: spec.operationId }
  const parse = {
    params: createPartParser('path', params),
    query: createPartParser('query', query),
    body: createPartParser('body', body),
    headers: createPartParser('headers', headers),
  }
  app.route({
    method,
    url,
    config,
    // A HEAD of a long-lived route would run to its end for a body that is never read.
    exposeHeadRoute: method === 'GET' && heldUntil === undefined,
    schema: describeOperation(spec),
    handler: async (request, reply) => {
      let signal: AbortSignal | undefined
      const result = await spec.handle({
        params: parse.params(request.params),
        query: parse.query(request.query),
        body: parse.body(request.body),
        headers: headers === undefined ? (undefined as H) : parse.headers(distinctHeaders(request)),
        signal: () =>
          (signal ??= abortSignal(request, reply, isHeld(request) ? heldUntil : undefined)),
        started(execId) {
          request.startedRuns = [...(request.startedRuns ?? []), execId]
          app.linkRun(request, execId)
        },
      })
      void reply.code(result.status).headers(result.headers ?? {})
      return result.body
    },
  })
}
