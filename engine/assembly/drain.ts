import type { EngineParts } from './parts.ts'

/** What a drain needs of the parts. */
export type DrainedParts = Pick<
  EngineParts,
  'options' | 'workers' | 'server' | 'monitoring' | 'client' | 'stopping' | 'isProbed' | 'stopTools'
>

/**
 * Stops an engine without a failed request: /readyz answers 503 while requests are still served,
 * workers finish, a last scrape sees their results, then requests end and connections close.
 */
export async function drain(parts: DrainedParts): Promise<void> {
  const { options, workers, server, monitoring, client, stopping } = parts
  const { shutdownDelay, drainTimeout } = options.config.server
  stopping.abort()
  monitoring.temporal.setDraining()
  // Load balancers send requests until they see /readyz fail. A worker gets none.
  if (options.role === 'all' && parts.isProbed())
    await new Promise((resolve) => setTimeout(resolve, shutdownDelay))
  const deadline = performance.now() + drainTimeout
  const left = (): number => Math.max(0, deadline - performance.now())
  await workers.stop()
  // What this process counts after its last scrape is lost to all.
  await monitoring.temporal.stopCounting(left())
  await monitoring.nextScrape(left())
  await server.close({ withinMs: left() })
  await monitoring.dispose()
  await parts.stopTools()
  await client.connection.close()
}
