import type { Project } from '../engine/project/project.ts'
import { errorCodes } from '../engine/core/errors.ts'
import { silentLogger } from '../engine/core/logger.ts'
import { monitoringDefaults } from '../engine/infra/monitoring/config.ts'
import { createMonitoringService } from '../engine/infra/monitoring/index.ts'
import { serverDefaults } from '../engine/infra/server/config.ts'
import { createServer } from '../engine/infra/server/app.ts'
import type { ApiDependencies } from '../engine/infra/server/deps.ts'

/** The parts of a JSON Schema that the API's own schemas use. */
interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly description?: string
}

interface Content {
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  readonly description: string
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly description?: string
    readonly schema: Schema
  }[]
  readonly requestBody?: Content & { readonly required: boolean }
  readonly responses: Readonly<Record<string, Content>>
}

export interface Document {
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Stands for services that the document does not call. */
function unused(): never {
  throw new Error('the reference page calls no handler')
}

/** Reads the OpenAPI document of a server without a project. */
export async function readDocument(): Promise<Document> {
  const build = { version: '0', commit: 'none' }
  const config = { ...monitoringDefaults, enabled: true }
  const monitoring = await createMonitoringService({
    config,
    build,
    workflows: [],
    tools: [],
    logger: silentLogger,
  })
  const uncalled = new Proxy({}, { get: unused })
  const api: ApiDependencies = {
    executions: uncalled as ApiDependencies['executions'],
    schedules: uncalled as ApiDependencies['schedules'],
    // The page describes no project, so its document has no examples of inputs.
    project: () => ({ workflows: new Map() }) as unknown as Project,
    token: 'of the page',
  }
  const { app, close } = await createServer({
    config: { ...serverDefaults, drainTimeout: 0 },
    monitoring,
    build,
    logger: silentLogger,
    api,
    readiness: unused,
  })
  try {
    return (await app.inject('/openapi.json')).json<Document>()
  } finally {
    await close()
  }
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const anchor = (name: string): string => `[${name}](#${name.toLowerCase()})`

const isRequired = ({ required = [] }: Schema, name: string): boolean => required.includes(name)

/** Returns the inline object of a value: itself, beside null, or of the entries of a list. */
function inlineObject(schema: Schema): Schema | undefined {
  const { $ref, properties, items, anyOf = [] } = schema
  if ($ref !== undefined) return undefined
  if (properties !== undefined) return schema
  const inside = items === undefined ? anyOf : [items]
  return inside.map(inlineObject).find((found) => found !== undefined)
}

/** Reports whether a value has an inline object with a described field, which needs rows. */
function needsRows(schema: Schema): boolean {
  return Object.values(inlineObject(schema)?.properties ?? {}).some(
    (field) => field.description !== undefined || needsRows(field),
  )
}

/** Describes a schema in a few words, for a table. An object that has rows is only named. */
function words(schema: Schema): string {
  const { $ref, anyOf, items, type, format, additionalProperties } = schema
  if ($ref !== undefined) return anchor($ref.split('/').at(-1)!)
  if (anyOf !== undefined) return anyOf.map(words).join(' or ')
  if (schema.enum?.join() === errorCodes.join()) return '[error code](errors.md)'
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (items !== undefined) return `list of ${words(items)}`
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0)
    return `object of ${words(additionalProperties)}`
  if (schema.properties !== undefined) {
    if (needsRows(schema)) return 'object'
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const mark = isRequired(schema, name) ? '' : '?'
      return `\`${name}${mark}\`: ${words(field)}`
    })
    return `{${fields.join(', ')}}`
  }
  if (type === undefined) return 'any JSON value'
  const types = typeof type === 'string' ? [type] : type
  return format === 'date-time' ? 'RFC 3339 time' : types.join(' or ')
}

/** Describes the bounds of a value. Those of every whole number are left out. */
function bounds({ minimum, maximum, maxLength, default: given }: Schema): string {
  const least = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  return [
    ...(least !== undefined && most !== undefined ? [`${least} to ${most}`] : []),
    ...(least !== undefined && most === undefined ? [`at least ${least}`] : []),
    ...(maxLength !== undefined ? [`at most ${maxLength} characters`] : []),
    ...(given !== undefined ? [`default ${JSON.stringify(given)}`] : []),
  ].join(', ')
}

/** Returns a row for each field, and for those of inline objects that need rows. */
function fieldRows(schema: Schema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const optional = isRequired(schema, name) ? '' : ' (optional)'
    const meaning = [field.description ?? '', bounds(field)].filter(Boolean).join('; ')
    const row = `| \`${path}\`${optional} | ${cell(words(field))} | ${cell(meaning)} |`
    const inside = needsRows(field) ? inlineObject(field) : undefined
    const isList = [field, ...(field.anyOf ?? [])].some(({ items }) => items !== undefined)
    const place = isList ? `${path}[]` : path
    return [row, ...(inside === undefined ? [] : fieldRows(inside, `${place}.`))]
  })
}

const fieldHead = '| field | type | meaning |\n|---|---|---|'

function parametersOf({ parameters = [] }: Operation): string[] {
  if (parameters.length === 0) return []
  const rows = parameters.map(({ name, in: place, schema, description = '' }) => {
    const meaning = [description, bounds(schema)].filter(Boolean).join('; ')
    return `| \`${name}\` | ${place} | ${cell(words(schema))} | ${cell(meaning)} |`
  })
  return [`| parameter | in | type | meaning |\n|---|---|---|---|\n${rows.join('\n')}`]
}

function bodyOf({ requestBody }: Operation): string[] {
  const schema = requestBody?.content?.['application/json']?.schema
  if (schema === undefined) return []
  const heading = `Body, JSON${requestBody?.required === false ? ' (optional)' : ''}`
  const rows = fieldRows(schema)
  return rows.length === 0
    ? [`${heading}: ${words(schema)}`]
    : [`${heading}:\n\n${fieldHead}\n${rows.join('\n')}`]
}

function answersOf({ responses }: Operation): string[] {
  const entries = Object.entries(responses)
  const good = entries.filter(([status]) => Number(status) < 400)
  const bad = entries.filter(([status]) => Number(status) >= 400)
  const rows = good.map(([status, { description, headers = {}, content = {} }]) => {
    const [type, first] = Object.entries(content)[0] ?? []
    const shown = type === 'application/json' ? words(first!.schema) : (type ?? '')
    const sent = Object.entries(headers).map(
      ([name, header]) => `; header \`${name}\`: ${header.description ?? ''}`,
    )
    return `| ${status} | ${cell([description, ...sent].join(''))} | ${cell(shown)} |`
  })
  const tables = good.flatMap(([status, { content }]) => {
    const { schema } = content?.['application/json'] ?? {}
    if (schema?.properties === undefined || !needsRows(schema)) return []
    return [`Fields of the ${status}:\n\n${fieldHead}\n${fieldRows(schema).join('\n')}`]
  })
  const refusals = bad.map(
    ([status, { description }]) => `${status} (${description.replace(/^codes?: /, '')})`,
  )
  return [
    `| status | response | body |\n|---|---|---|\n${rows.join('\n')}`,
    ...tables,
    ...(refusals.length > 0 ? [`Errors: ${refusals.join(', ')}.`] : []),
  ]
}

/** Returns a list item for each header of an error; routes do not repeat them. */
function errorHeaders(operations: readonly Operation[]): string[] {
  const items = operations.flatMap(({ responses }) =>
    Object.entries(responses)
      .filter(([status]) => Number(status) >= 400)
      .flatMap(([status, { headers = {} }]) =>
        Object.entries(headers).map(
          ([name, { description = '' }]) =>
            `- A ${status} has the header \`${name}\`: ${description}.`,
        ),
      ),
  )
  return [...new Set(items)]
}

/** Returns docs/reference/http-api.md, generated from the OpenAPI document. */
export function httpApiPage(generated: string, document: Document): string {
  const { tags, paths, components } = document
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
  const chapters = tags.map(({ name, description }) => {
    const sections = operations
      .filter(({ operation }) => operation.tags.includes(name))
      .map(({ path, method, operation }) =>
        [
          `### ${method.toUpperCase()} ${path}`,
          `${operation.summary}.${operation.description === undefined ? '' : ` ${operation.description}`}`,
          ...parametersOf(operation),
          ...bodyOf(operation),
          ...answersOf(operation),
        ].join('\n\n'),
      )
    return `## ${name}\n\n${description}.\n\n${sections.join('\n\n')}`
  })
  const objects = Object.entries(components.schemas).map(
    ([name, schema]) => `### ${name}\n\n${fieldHead}\n${fieldRows(schema).join('\n')}`,
  )
  return `# HTTP API

${generated} Programs read the OpenAPI document at \`/openapi.json\`. To try the API in a browser, open \`/docs\`.

\`\`\`sh
curl -sX POST localhost:8080/api/v0/workflows/order/executions/sync -H 'content-type: application/json' -d '{"input": {"items": [{"sku": "apple", "quantity": 3}]}}'
\`\`\`

- Times are RFC 3339 in UTC.
- A list is \`{items, next_cursor}\`. Pass \`next_cursor\` as \`cursor\` until it is null.
- If the API has a token, send it as \`Authorization: Bearer …\`. Without one, the API answers no 401. The metrics have a token of their own: \`monitoring.token_file\`.
- A request whose \`Host\` is not one of the server's gets 403 on every path: see [securing](../operate/securing.md#browsers).
- An error is a [Problem](#problem), sent as \`application/problem+json\`. Its stable \`code\` is one of the [error codes](errors.md).
- A 400 lists the \`violations\` of a value that does not fit, each with a JSON pointer (RFC 6901). \`/path\`, \`/query\`, \`/headers\` and \`/body\` begin pointers into the request.
  When the input of a workflow or the payload of an event does not match its schema, \`detail\` says so, and the pointers lead into that value.
${errorHeaders(operations.map(({ operation }) => operation)).join('\n')}
- Every response has \`x-request-id\`: the client's own if it sent one.

${chapters.join('\n\n')}

## Objects

${objects.join('\n\n')}
`
}
