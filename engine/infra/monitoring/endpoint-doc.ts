import { families, type Family } from './catalogue.ts'
import { contentTypes } from './exposition/format.ts'

/** Returns sample lines for the OpenAPI document, made from the catalogue. */
function example(): string {
  const shown: readonly (readonly [Family, string])[] = [
    [
      families.httpRequests,
      '{method="GET",path="/api/v0/workflows/:workflow_id",status_code="200"} 42',
    ],
    [families.workflowStarted, '{workflow_type="order"} 17'],
    [families.workersRunning, ' 1'],
    [families.buildInfo, '{version="0.1.0",commit_hash="0123456789ab",go_version="none"} 1'],
  ]
  return shown
    .map(
      ([{ name, help, kind }, sample]) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name}${sample}\n`,
    )
    .join('')
}

const text = { schema: { type: 'string' }, example: example() }
const reason = { 'text/plain': { schema: { type: 'string' } } }

/** Schema of the metrics route, for the OpenAPI document. */
export const endpointSchema = {
  operationId: 'getMetrics',
  tags: ['operations'],
  summary: 'Metrics for Prometheus',
  description: [
    'All metrics of this process, in the Prometheus text format 0.0.4, or in OpenMetrics 1.0 or protobuf if the Accept header asks for it.',
    'Meant for a Prometheus server that scrapes every 15 to 60 seconds. Each process has its own endpoint.',
    'It requires no token by default and contains no user data. Restrict it at the network (Ingress, load balancer, NetworkPolicy) all the same.',
    'A failed collection is a 500, never an empty 200. When monitoring is disabled, the path is a 404.',
  ].join('\n\n'),
  response: {
    200: {
      description: 'The exposition',
      content: {
        [contentTypes.text]: text,
        [contentTypes.openmetrics]: { schema: { type: 'string' } },
        [contentTypes.protobuf]: { schema: { type: 'string', format: 'binary' } },
      },
    },
    401: {
      description:
        'A token is set (`monitoring.token_file`, in the library `token`), and the scrape does not carry it',
      headers: { 'www-authenticate': { type: 'string', description: '`Bearer`' } },
      content: reason,
    },
    500: { description: 'A family could not be read', content: reason },
    503: {
      description: 'Monitoring failed to start, or collecting outlasted the scrape timeout',
      content: reason,
    },
  },
}
