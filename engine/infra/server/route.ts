import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { CompozyError, type ErrorCode, type Violation } from '../../core/errors.ts'
import type { JsonValue } from '../../core/json.ts'
import { statusByCode } from './problem.ts'
import { problemSchema } from './schemas.ts'

/** What a handler gets: everything parsed, and a signal that aborts when the client leaves. */
export interface RouteInput<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly headers: FastifyRequest['headers']
  signal(): AbortSignal
}

/** What a handler answers. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One documented success. */
interface Success {
  readonly description: string
  readonly schema?: z.ZodType
  readonly headers?: Readonly<Record<string, string>>
}

/** A route, from whose schemas validation, types and the OpenAPI document all come. */
export interface RouteSpec<P, Q, B> {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly url: string
  readonly operationId: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodType<P>
  readonly query?: z.ZodType<Q>
  readonly body?: z.ZodType<B>
  readonly headers?: z.ZodType
  readonly success: Readonly<Record<number, Success>>
  /** Codes of the errors that this route can answer with, besides `internal`. */
  readonly problems: readonly ErrorCode[]
  handle(input: RouteInput<P, Q, B>): Promise<Answer>
}

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function violationsOf(where: string, error: z.ZodError): Violation[] {
  return error.issues.map(({ path, message }) => ({
    pointer: `/${[where, ...path].map(String).join('/')}`,
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
  throw new CompozyError('input_invalid', `the ${where} does not fit: ${summary}`, { violations })
}

function abortSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

function problemResponses(codes: readonly ErrorCode[]): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of [...codes, 'internal'] as const) {
    const status = statusByCode[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const content = { 'application/problem+json': { schema: jsonSchema(problemSchema, 'output') } }
  return Object.fromEntries(
    [...byStatus].map(([status, all]) => [
      status,
      { description: `code: ${all.map((code) => `\`${code}\``).join(', ')}`, content },
    ]),
  )
}

function successResponses(success: Readonly<Record<number, Success>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(success).map(([status, { description, schema, headers }]) => [
      status,
      {
        description,
        ...(headers && {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [name, { type: 'string', description: text }]),
          ),
        }),
        ...(schema && { content: { 'application/json': { schema: jsonSchema(schema, 'output') } } }),
      },
    ]),
  )
}

/** Registers a route. Fastify's own validation is off: the schemas are checked here, once, with all violations. */
export function registerRoute<P, Q, B>(app: FastifyInstance, spec: RouteSpec<P, Q, B>): void {
  const { method, url, params, query, body, headers } = spec
  app.route({
    method,
    url,
    schema: {
      operationId: spec.operationId,
      tags: [spec.tag],
      summary: spec.summary,
      ...(spec.description && { description: spec.description }),
      ...(params && { params: jsonSchema(params, 'input') }),
      ...(query && { querystring: jsonSchema(query, 'input') }),
      ...(body && { body: jsonSchema(body, 'input') }),
      ...(headers && { headers: jsonSchema(headers, 'input') }),
      response: { ...successResponses(spec.success), ...problemResponses(spec.problems) },
    },
    handler: async (request, reply) => {
      let signal: AbortSignal | undefined
      const answer = await spec.handle({
        params: parsePart('path', params, request.params),
        query: parsePart('query', query, request.query),
        body: parsePart('body', body, request.body as JsonValue),
        headers: request.headers,
        signal: () => (signal ??= abortSignal(reply)),
      })
      void reply.code(answer.status).headers(answer.headers ?? {})
      return answer.body
    },
  })
}
