import type { FastifyInstance } from 'fastify'
import type { ApiDependencies } from '../deps.ts'
import { pageOfList } from '../list-page.ts'
import { registerRoute } from '../route.ts'
import { pageOf, pageQuery, toolSchema } from '../schemas.ts'

/** Registers the list of tools. */
export function toolRoutes(app: FastifyInstance, { project }: ApiDependencies): void {
  registerRoute(app, {
    method: 'GET',
    url: '/api/v0/tools',
    operationId: 'listTools',
    tag: 'tools',
    summary: 'List the tools of the project and its workflows',
    query: pageQuery,
    success: { 200: { description: 'A page of tools', schema: pageOf(toolSchema) } },
    problems: [],
    handle: async ({ query }) => {
      const tools = [...project().tools.values()].map(
        ({ key, id, description, execute, inputSchema, outputSchema }) => ({
          key,
          id,
          description: description ?? null,
          execute,
          input_schema: inputSchema ?? null,
          output_schema: outputSchema ?? null,
        }),
      )
      return { status: 200, body: pageOfList(tools, query) }
    },
  })
}
