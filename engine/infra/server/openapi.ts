import fastifySwagger, { type SwaggerTransformObject } from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { componentsOf, optionalBody } from './operation.ts'
import { namedSchemas } from './schemas.ts'

/** The parts of an operation that are set here. */
interface Operation {
  [optionalBody]?: true
  requestBody?: { required: boolean }
  security?: readonly object[]
}

/** What the plugin has no word for: bodies that may be left out, and that only the API asks for a token. */
const finish: SwaggerTransformObject = (given) => {
  if (!('openapiObject' in given)) return given.swaggerObject
  const document = given.openapiObject
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const operation of Object.values(item ?? {}) as Operation[]) {
      if (operation[optionalBody] && operation.requestBody) operation.requestBody.required = false
      delete operation[optionalBody]
      if (document.security !== undefined && !path.startsWith('/api/')) operation.security = []
    }
  }
  return document
}

/** OpenAPI 3.1 from the routes' own schemas, at /openapi.json, and Swagger UI at /docs. Call before any route. */
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
        { name: 'workflows', description: 'What the project can run, and running it' },
        { name: 'executions', description: 'Runs: list, look, signal, end' },
        { name: 'events', description: 'Events that start workflows' },
        { name: 'schedules', description: 'Runs by the clock' },
        { name: 'tools', description: 'What tasks may call' },
        { name: 'operations', description: 'Metrics for Prometheus' },
        { name: 'health', description: 'For orchestrators' },
      ],
      ...(options.token && {
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        security: [{ token: [] }],
      }),
    },
  })
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list', deepLinking: true },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
