import type { IncomingMessage } from 'node:http'

/** Returns the client's own `x-request-id` if it is safe to log, else a new one. */
export function createRequestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && /^[\w.:@/+=-]{1,128}$/.test(sent) ? sent : crypto.randomUUID()
}
