import type { FastifyRequest } from 'fastify'
import { CompozyError } from '../../core/errors.ts'

/**
 * Refuses an HTTP/1.1 request without Host, as RFC 9112 requires. Node would do so itself, but then
 * monitoring would not see the request. Throws CompozyError `input_invalid`.
 */
export function requireHost({ raw }: Pick<FastifyRequest, 'raw'>): void {
  if (raw.headers.host === undefined && raw.httpVersion === '1.1')
    throw new CompozyError('input_invalid', 'the Host header is missing; HTTP/1.1 requires it')
}
