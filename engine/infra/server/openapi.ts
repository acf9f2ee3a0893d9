import fastifySwagger, { type SwaggerTransformObject } from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { componentsOf, optionalBody } from './operation.ts'
import { namedSchemas } from './schemas.ts'

/** The parts of an operation that `finish` sets. */
interface FinishedOperation {
  [optionalBody]?: true
  requestBody?: { required: boolean }
  security?: readonly object[]
}

/** Adds what the plugin can't express: optional bodies, and that only the API needs a token. */
const finish: SwaggerTransformObject = (generated) => {
  if (!('openapiObject' in generated)) return generated.swaggerObject
  const document = generated.openapiObject
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const operation of Object.values(item ?? {}) as FinishedOperation[]) {
      if (operation[optionalBody] && operation.requestBody) operation.requestBody.required = false
      delete operation[optionalBody]
      if (document.security !== undefined && !path.startsWith('/api/')) operation.security = []
    }
  }
  return document
}

const bearerSecurity = {
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{ token: [] }],
}

/** Serves /openapi.json, made from the routes' schemas, and Swagger UI at /docs. Call before any route is registered. */
export async function registerDocs(
  app: FastifyInstance,
  options: { version: string; token: boolean },
): Promise<void> {
  for (const component of componentsOf(namedSchemas)) app.addSchema(component)
  await app.register(fastifySwagger, {
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) =>
        typeof $id === 'string' ? $id : `def-${i}`,
    },
    transformObject: finish,
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
      ...(options.token ? bearerSecurity : {}),
    },
  })
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', deepLinking: true },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
