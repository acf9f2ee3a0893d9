import { z } from 'zod'
import { defined } from '../../core/defined.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { statusByCode } from './problem.ts'
import type { RouteSpec, Success } from './route.ts'
import { problemSchema } from './schemas.ts'

type Io = 'input' | 'output'

/** Marks an operation whose body is optional; @fastify/swagger can't express that. */
export const optionalBody = 'x-optional-body'

/** Name of a schema under the document's components, if it has one. */
const nameOf = (schema: z.ZodType): string | undefined => schema.meta()?.id

/** Removes what readers do not need, and what would make each new field a breaking change. */
function simplify(node: z.core.JSONSchema.BaseSchema, io: Io): void {
  delete node.id
  delete node.propertyNames
  if (node.format === 'date-time') delete node.pattern
  if (io === 'output' && node.additionalProperties === false) delete node.additionalProperties
}

/** Turns zod's references inside one schema into references to shared components. */
const shareRefs = (schema: object): object =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? `${value.replace('#/$defs/', '')}#` : value,
  ) as object

/** Returns the JSON Schema of a part of a route, as the OpenAPI document has it. */
export function inlineSchema(schema: z.ZodType, io: Io): object {
  const override = ({ jsonSchema: node }: { jsonSchema: z.core.JSONSchema.BaseSchema }) =>
    simplify(node, io)
  const { $schema: _schema, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, override })
  return shareRefs($defs[nameOf(schema) ?? ''] ?? rest)
}

/** Returns the JSON Schema of a part of a route; a reference if the schema has a name. */
function jsonSchema(schema: z.ZodType, io: Io): object {
  const name = nameOf(schema)
  return name === undefined ? inlineSchema(schema, io) : { $ref: `${name}#` }
}

/** Returns named schemas as components of the document, each with its name as `$id`. */
export function componentsOf(schemas: readonly z.ZodType[]): readonly object[] {
  return schemas.map((schema) => ({ $id: nameOf(schema), ...inlineSchema(schema, 'output') }))
}

/** Headers of a problem, by its status. */
const problemHeaders: Readonly<Record<number, object>> = {
  401: { 'www-authenticate': { type: 'string', description: '`Bearer`' } },
  429: {
    'retry-after': {
      type: 'integer',
      description: 'seconds to wait, where `server.rate_limit` refuses the request',
    },
  },
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
      defined({
        description: `code: ${all.map((code) => `\`${code}\``).join(', ')}`,
        headers: problemHeaders[status],
        content,
      }),
    ]),
  )
}

function successResponse({
  description,
  type = 'application/json',
  schema,
  headers,
}: Success): object {
  const headerEntries = Object.entries(headers ?? {}).map(
    ([name, text]) => [name, { type: 'string', description: text }] as const,
  )
  return defined({
    description,
    headers: headers && Object.fromEntries(headerEntries),
    content: schema && { [type]: { schema: jsonSchema(schema, 'output') } },
  })
}

/**
 * Returns the codes that a route can answer with: its own, and those of parsing and access. The
 * document adds `forbidden` to every route.
 */
function codesOf<P, Q, B, H>(spec: RouteSpec<P, Q, B, H>): ReadonlySet<ErrorCode> {
  const { method, url, params, query, body, headers, problems } = spec
  const hasInput = [params, query, body, headers].some((part) => part !== undefined)
  const isApi = url.startsWith('/api/')
  const codes = new Set<ErrorCode>([...problems, 'internal'])
  if (hasInput || method !== 'GET') codes.add('input_invalid')
  if (method !== 'GET') codes.add('payload_too_large').add('unsupported_media_type')
  if (isApi) codes.add('unauthorized').add('limit_reached')
  return codes
}

/** Describes a route for @fastify/swagger. */
export function describeOperation<P, Q, B, H>(
  spec: RouteSpec<P, Q, B, H>,
): Record<string, unknown> {
  const { params, query, body, headers } = spec
  const successes = Object.entries(spec.success).map(([status, success]) => [
    status,
    successResponse(success),
  ])
  return defined({
    operationId: spec.operationId,
    tags: [spec.tag],
    summary: spec.summary,
    description: spec.description,
    params: params && inlineSchema(params, 'input'),
    querystring: query && inlineSchema(query, 'input'),
    headers: headers && inlineSchema(headers, 'input'),
    body: body && jsonSchema(body, 'input'),
    [optionalBody]: body?.safeParse(undefined).success ? true : undefined,
    response: { ...problemResponses(codesOf(spec)), ...Object.fromEntries(successes) },
  })
}
