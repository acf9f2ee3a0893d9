import { finished } from 'node:stream'
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

/** The status of a request whose client has left before the answer, as nginx counts it. */
const clientClosedRequest = 499

function describe(request: FastifyRequest, status: number) {
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
    status,
    remote_address: request.ip,
    request_id: request.id,
  })
}

/**
 * Calls back once with the status of an answer: when it has been sent, or never will be. One that
 * waits for its turn (pipelining) ends with its connection.
 */
function whenEnded(
  { raw: { socket } }: FastifyRequest,
  { raw, statusCode }: FastifyReply,
  act: (status: number) => void,
): void {
  // What is written to a connection that is gone counts as sent for Node, and nothing ends it.
  if (raw.destroyed || socket.destroyed) return act(clientClosedRequest)
  const end = (isSent: boolean): void => {
    forget()
    socket.off('close', onClose)
    act(isSent ? statusCode : clientClosedRequest)
  }
  const onClose = (): void => end(false)
  const forget = finished(raw, (error) => end(!error))
  socket.once('close', onClose)
}

/**
 * Logs a line for each change through the API: who (token and address), what (operation), which
 * run, and how it was answered: 499 where the client had left. Requests that access control
 * refuses are logged too.
 */
export function addAuditLog(app: FastifyInstance, logger: Logger): void {
  app.decorateRequest('tokenName', undefined)
  app.decorateRequest('startedRuns', undefined)
  // Not onResponse: Fastify calls it for no client that has left.
  app.addHook('onSend', async (request, reply) => {
    if (!isAudited(request, reply.statusCode)) return
    whenEnded(request, reply, (status) => logger.info(describe(request, status), 'audit'))
  })
}
