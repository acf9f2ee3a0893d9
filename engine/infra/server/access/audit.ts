import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { defined } from '../../../core/defined.ts'
import type { Logger } from '../../../core/logger.ts'

/** Methods that change nothing. */
const readOnly: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

declare module 'fastify' {
  interface FastifyContextConfig {
    operationId?: string
  }
  interface FastifyRequest {
    /** Runs that the request started so far. */
    startedRuns: readonly string[] | undefined
  }
}

const isRefused = (status: number): boolean => status === 401 || status === 403

/**
 * Reports whether a request belongs in the audit log: every change, and what access control
 * refused.
 */
function isAudited({ method, routeOptions }: FastifyRequest, status: number): boolean {
  const { url } = routeOptions
  if (url === undefined || !(url.startsWith('/api/') || url.startsWith('/debug/'))) return false
  return isRefused(status) || !readOnly.has(method)
}

function describe(request: FastifyRequest, { statusCode }: FastifyReply) {
  const { exec_id, workflow_id, name } = (request.params ?? {}) as Record<
    string,
    string | undefined
  >
  const { startedRuns } = request
  return defined({
    audit: true,
    operation: request.routeOptions.config.operationId,
    token: request.tokenName,
    workflow_id,
    exec_id: exec_id ?? (startedRuns?.length === 1 ? startedRuns[0] : undefined),
    exec_ids: startedRuns !== undefined && startedRuns.length !== 1 ? startedRuns : undefined,
    signal: name,
    status: statusCode,
    remote_address: request.ip,
    request_id: request.id,
  })
}

/**
 * Logs a line for each change through the API: who (token and address), what (operation), which
 * run, and how it was answered. Requests that access control refuses are logged too.
 */
export function addAuditLog(app: FastifyInstance, logger: Logger): void {
  app.decorateRequest('tokenName', undefined)
  app.decorateRequest('startedRuns', undefined)
  app.addHook('onResponse', async (request, reply) => {
    if (isAudited(request, reply.statusCode)) logger.info(describe(request, reply), 'audit')
  })
}
