import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { onEachServer, receiveUnmetExpectations } from '../../../core/bound-servers.ts'

const problemType = 'application/problem+json; charset=utf-8'

/** As on the main server; nothing here is a page. */
const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Answers with a problem document (RFC 9457) of the same form as the main server's. */
function sendProblem(reply: FastifyReply, status: number, code: string, detail: string): void {
  const { id } = reply.request
  const title = STATUS_CODES[status] ?? 'Error'
  const problem = { type: 'about:blank', title, status, code, detail, request_id: id }
  void reply.code(status).headers({ ...securityHeaders, 'x-request-id': id })
  void reply.type(problemType).send(JSON.stringify(problem))
}

function answerError(
  error: { readonly statusCode?: number; readonly message: string },
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { statusCode: status = 500 } = error
  if (status < 500) sendProblem(reply, status, 'input_invalid', error.message)
  else sendProblem(reply, 500, 'internal', 'internal error; see the log')
}

/** Fastify's options of a listener for metrics: what a client can hold is bounded. */
export const listenerOptions = {
  bodyLimit: 1_024,
  requestTimeout: 10_000,
  genReqId: () => crypto.randomUUID(),
  requestIdHeader: false as const,
  http: {
    headersTimeout: 10_000,
    connectionsCheckingInterval: 1_000,
    // Node would answer a request without Host itself, uncounted; the door refuses it.
    requireHostHeader: false,
  },
  frameworkErrors: answerError,
}

/** Connections at a time of each address: a scraper needs one. */
const maximumConnections = 1_000

/**
 * Answers requests other than scrapes with a problem, and adds the security headers to all answers.
 */
export function addListenerDoor(app: FastifyInstance, path: string): void {
  onEachServer(app, (server) => {
    server.maxConnections = maximumConnections
  })
  app.setErrorHandler(answerError)
  app.addHook('onSend', async (_request, reply) => void reply.headers(securityHeaders))
  const whyUnmet = receiveUnmetExpectations(app)
  app.addHook('onRequest', async ({ raw }, reply) => {
    const unmet = whyUnmet(raw)
    if (unmet !== undefined) {
      sendProblem(reply, 417, 'input_invalid', unmet)
      return reply
    }
    if (raw.headers.host !== undefined || raw.httpVersion !== '1.1') return
    const detail = 'the Host header is missing; HTTP/1.1 requires it'
    sendProblem(reply, 400, 'input_invalid', detail)
    return reply
  })
  app.setNotFoundHandler(({ method, url }, reply) => {
    const asked = url.split('?')[0]!
    if (asked !== path) {
      sendProblem(reply, 404, 'not_found', `no route ${method} ${asked}; metrics are at ${path}`)
      return
    }
    void reply.header('allow', 'GET, HEAD')
    const detail = `${method} is not allowed for ${path}; this path takes GET, HEAD`
    sendProblem(reply, 405, 'method_not_allowed', detail)
  })
}
