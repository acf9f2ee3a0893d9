import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/**
 * Answers a request that Fastify refuses itself, for its URL or an asynchronous constraint, with
 * Fastify's own body. Without such a handler, Fastify answers and calls no log controller.
 */
export function answerFrameworkError(
  { code, message, statusCode = 500 }: FastifyError,
  _request: FastifyRequest,
  { raw }: FastifyReply,
): void {
  const isRefusal = statusCode < 500
  const body = JSON.stringify({
    // Fastify says so of a parameter that is too long, too, whose status is 414.
    error: STATUS_CODES[isRefusal ? 400 : 500],
    code: isRefusal ? code : undefined,
    message,
    statusCode,
  })
  raw.writeHead(statusCode, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  raw.end(body)
}
