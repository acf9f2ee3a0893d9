import type { EngineParts } from './parts.ts'

/** Stops an engine: readiness off, workers finish, requests are answered, connections close. */
export async function drain(parts: EngineParts): Promise<void> {
  const { options, workers, server, monitoring, client, stopping } = parts
  stopping.abort()
  monitoring.temporal.setDraining()
  const deadline = performance.now() + options.config.server.drainTimeout
  // The server closes last, so that a scrape sees what the workers finished.
  await workers.stop()
  // Workers and requests share one drain timeout.
  await server.close({ withinMs: Math.max(0, deadline - performance.now()) })
  await monitoring.stop()
  await parts.stopTools()
  await client.connection.close()
}
