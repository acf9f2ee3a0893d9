import { families, type Family } from './catalogue.ts'
import { contentTypes } from './exposition/write.ts'

/** A few lines of exposition for the OpenAPI document, from the catalogue's own families. */
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
    'Everything that this process counts, in the Prometheus text format 0.0.4, or OpenMetrics 1.0 where the Accept header asks for it.',
    'Meant for a Prometheus server that scrapes it every 15 to 60 seconds, not for people; each process has its own.',
    'It asks for no token by default and holds no user data, but should be reachable by the monitoring alone: restrict it at the network (Ingress, load balancer, NetworkPolicy).',
    'A failed collection is a 500 and never an empty 200. Where monitoring is disabled, this path does not exist (404).',
  ].join('\n\n'),
  response: {
    200: {
      description: 'The exposition',
      content: {
        [contentTypes.text]: text,
        [contentTypes.openmetrics]: { schema: { type: 'string' } },
      },
    },
    500: { description: 'A collector failed', content: reason },
    503: { description: 'Monitoring could not be initialised', content: reason },
  },
}
