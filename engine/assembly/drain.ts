import type { EngineParts } from './parts.ts'

/** What a drain needs of the parts. */
export type DrainedParts = Pick<
  EngineParts,
  'options' | 'workers' | 'server' | 'monitoring' | 'client' | 'stopping' | 'isProbed' | 'stopTools'
>

/**
 * Stops an engine so that nobody notices: /readyz at 503 while everything is still answered, then
 * workers finish, one more scrape sees what they did, requests are answered, connections close.
 */
export async function drain(parts: DrainedParts): Promise<void> {
  const { options, workers, server, monitoring, client, stopping } = parts
  const { shutdownDelay, drainTimeout } = options.config.server
  stopping.abort()
  monitoring.temporal.setDraining()
  // Load balancers still send requests until they have seen /readyz; nobody sends any to a worker.
  if (options.role === 'all' && parts.isProbed())
    await new Promise((resolve) => setTimeout(resolve, shutdownDelay))
  const deadline = performance.now() + drainTimeout
  const left = (): number => Math.max(0, deadline - performance.now())
  await workers.stop()
  await monitoring.nextScrape(left())
  await server.close({ withinMs: left() })
  await monitoring.dispose()
  await parts.stopTools()
  await client.connection.close()
}
