import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../core/logger.ts'
import { securityHeaders } from './access/security-headers.ts'
import { problemType, toError, toProblem } from './problem.ts'

/** Returns the function that answers an error with its problem document; the only one that does. */
export function createErrorHandler(logger: Logger) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = toError(thrown, request.routeOptions.bodyLimit)
    const problem = toProblem(error, request.id)
    if (problem.status >= 500) {
      logger.error(
        {
          request_id: request.id,
          method: request.method,
          url: request.url,
          route: request.routeOptions.url,
          status: problem.status,
          err: thrown,
        },
        'request failed',
      )
    }
    // An error before routing, such as a malformed URL, skips the hooks that set headers.
    void reply.header('x-request-id', request.id).headers(securityHeaders(problemType))
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
    void reply.code(problem.status).type(problemType).send(JSON.stringify(problem))
  }
}
