import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** OpenAPI 3.1 from the routes' own schemas, at /openapi.json, and Swagger UI at /docs. Call before any route. */
export async function registerDocs(
  app: FastifyInstance,
  options: { version: string; token: boolean },
): Promise<void> {
  await app.register(fastifySwagger, {
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
