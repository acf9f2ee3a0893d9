import fastifySwagger, { type SwaggerTransformObject } from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { Workflow } from '../../project/project.ts'
import { componentsOf, optionalBody } from './operation.ts'
import { listFailureSchema } from './routes/execution-filters.ts'
import { executionWithReruns } from './routes/executions.ts'
import { rerunSchema } from './routes/reruns/reruns.ts'
import { logLineSchema } from './routes/logs.ts'
import { historyEntrySchema, taskRecordSchema } from './routes/records.ts'
import { namedSchemas } from './schemas.ts'
import { workflowExample } from './examples/workflow-example.ts'

/** Named schemas of single routes. */
const routeSchemas = [
  taskRecordSchema,
  logLineSchema,
  historyEntrySchema,
  listFailureSchema,
  executionWithReruns,
  rerunSchema,
]

/** Paths whose body is the input of a workflow. */
const startUrls: ReadonlySet<string> = new Set([
  '/api/v0/workflows/{workflow_id}/executions',
  '/api/v0/workflows/{workflow_id}/executions/sync',
])

/** Workflows that the document has an example of. */
const maximumExamples = 50

/** How access control refuses a request: the Host check comes before every route. */
const forbidden = {
  description: 'code: `forbidden`',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** The parts of an operation that `finish` sets. */
interface FinishedOperation {
  responses?: Record<string, object>
  [optionalBody]?: true
  requestBody?: { required: boolean; content?: Record<string, { examples?: object }> }
  security?: readonly object[]
}

/** Examples of the body that starts a run: one for each workflow whose input could be made up. */
function startExamples(workflows: Iterable<Workflow>): object {
  const entries = [...workflows].slice(0, maximumExamples).flatMap((workflow) => {
    const input = workflowExample(workflow, ['all', 'required'])
    return input === undefined ? [] : [[workflow.id, { value: { input } }] as const]
  })
  return Object.fromEntries(entries)
}

function addStartExamples(operation: FinishedOperation, workflows: Iterable<Workflow>): void {
  const body = operation.requestBody?.content?.['application/json']
  if (body !== undefined) body.examples = startExamples(workflows)
}

/**
 * Adds what the plugin can't express: optional bodies, examples, and that only the API needs a
 * token. Adds the 403 here because the metrics, which monitoring describes, have it too.
 */
const finish =
  (workflows: () => Iterable<Workflow>): SwaggerTransformObject =>
  (generated) => {
    if (!('openapiObject' in generated)) return generated.swaggerObject
    const document = generated.openapiObject
    for (const [path, item] of Object.entries(document.paths ?? {})) {
      for (const operation of Object.values(item ?? {}) as FinishedOperation[]) {
        if (operation[optionalBody] && operation.requestBody) operation.requestBody.required = false
        delete operation[optionalBody]
        operation.responses = { 403: forbidden, ...operation.responses }
        if (startUrls.has(path)) addStartExamples(operation, workflows())
        if (document.security !== undefined && !path.startsWith('/api/')) operation.security = []
      }
    }
    return document
  }

const bearerSecurity = {
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{ token: [] }],
}

/**
 * Serves /openapi.json, made from the routes' schemas, and Swagger UI at /docs. Call before any
 * route is registered.
 */
export async function registerDocs(
  app: FastifyInstance,
  options: { version: string; token: boolean; workflows: () => Iterable<Workflow> },
): Promise<void> {
  for (const component of componentsOf([...namedSchemas, ...routeSchemas])) app.addSchema(component)
  const security = options.token ? bearerSecurity : {}
  await app.register(fastifySwagger, {
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) =>
        typeof $id === 'string' ? $id : `def-${i}`,
    },
    transformObject: finish(options.workflows),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Compozy',
        version: options.version,
        description:
          'Workflows in YAML that run durably on Temporal, monitored with Prometheus. Errors are application/problem+json with a stable `code`; lists are `{items, next_cursor}`.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'workflows', description: 'Workflows of the project, and starting them' },
        { name: 'executions', description: 'Runs: list, inspect, signal, cancel, terminate' },
        { name: 'events', description: 'Events that start workflows' },
        { name: 'schedules', description: 'Cron schedules of workflows' },
        { name: 'tools', description: 'Tools that tasks can call' },
        { name: 'operations', description: 'Metrics for Prometheus' },
        { name: 'health', description: 'Liveness and readiness' },
      ],
      ...security,
    },
  })
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', deepLinking: true },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
