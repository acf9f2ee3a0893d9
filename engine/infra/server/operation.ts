import { z } from 'zod'
import type { ErrorCode } from '../../core/errors.ts'
import { statusByCode } from './problem.ts'
import type { RouteSpec, Success } from './route.ts'
import { problemSchema } from './schemas.ts'

type Io = 'input' | 'output'

/** Marks an operation whose body may be left out; Fastify's plugin has no word for it. */
export const optionalBody = 'x-optional-body'

/** Name of a schema under the document's components, if it has one. */
const nameOf = (schema: z.ZodType): string | undefined => schema.meta()?.id

/** What zod says that a reader of the document does not need, or that would make every new field a break. */
function simplify(node: z.core.JSONSchema.BaseSchema, io: Io): void {
  delete node.id
  delete node.propertyNames
  if (node.format === 'date-time') delete node.pattern
  if (io === 'output' && node.additionalProperties === false) delete node.additionalProperties
}

/** zod refers to named schemas inside one schema; here they are components that all share. */
const shareRefs = (schema: object): object =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? `${value.replace('#/$defs/', '')}#` : value,
  ) as object

function inlineSchema(schema: z.ZodType, io: Io): object {
  const override = ({ jsonSchema: node }: { jsonSchema: z.core.JSONSchema.BaseSchema }) =>
    simplify(node, io)
  const { $schema: _schema, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, override })
  return shareRefs($defs[nameOf(schema) ?? ''] ?? rest)
}

/** JSON Schema of a part of a route; a named one is referred to. */
function jsonSchema(schema: z.ZodType, io: Io): object {
  const name = nameOf(schema)
  return name === undefined ? inlineSchema(schema, io) : { $ref: `${name}#` }
}

/** Schemas of answers as the document's components, each under its name as `$id`. */
export function componentsOf(schemas: readonly z.ZodType[]): readonly object[] {
  return schemas.map((schema) => ({ $id: nameOf(schema), ...inlineSchema(schema, 'output') }))
}

function problemResponses(codes: Iterable<ErrorCode>): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
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

function successResponse({
  description,
  type = 'application/json',
  schema,
  headers,
}: Success): object {
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { type: 'string', description: text },
        ]),
      ),
    }),
    ...(schema && { content: { [type]: { schema: jsonSchema(schema, 'output') } } }),
  }
}

/** Every code that a route can answer with: its own, and what its request's parts bring along. */
function codesOf<P, Q, B, H>(spec: RouteSpec<P, Q, B, H>): ReadonlySet<ErrorCode> {
  const { method, url, params, query, body, headers, problems } = spec
  const parsed = [params, query, body, headers].some((part) => part !== undefined)
  return new Set<ErrorCode>([
    ...problems,
    ...(parsed || method !== 'GET' ? (['input_invalid'] as const) : []),
    ...(method === 'GET' ? [] : (['payload_too_large', 'unsupported_media_type'] as const)),
    ...(url.startsWith('/api/') && method !== 'GET' ? (['forbidden'] as const) : []),
    ...(url.startsWith('/api/') ? (['unauthorized'] as const) : []),
    'internal',
  ])
}

/** A route as Fastify's OpenAPI plugin reads it. */
export function describeOperation<P, Q, B, H>(
  spec: RouteSpec<P, Q, B, H>,
): Record<string, unknown> {
  const { params, query, body, headers } = spec
  const successes = Object.entries(spec.success).map(([status, success]) => [
    status,
    successResponse(success),
  ])
  return {
    operationId: spec.operationId,
    tags: [spec.tag],
    summary: spec.summary,
    ...(spec.description && { description: spec.description }),
    ...(params && { params: inlineSchema(params, 'input') }),
    ...(query && { querystring: inlineSchema(query, 'input') }),
    ...(headers && { headers: inlineSchema(headers, 'input') }),
    ...(body && { body: jsonSchema(body, 'input') }),
    ...(body?.safeParse(undefined).success && { [optionalBody]: true }),
    response: { ...problemResponses(codesOf(spec)), ...Object.fromEntries(successes) },
  }
}
