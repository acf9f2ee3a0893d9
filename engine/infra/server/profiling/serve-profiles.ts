import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'
import { isLoopback } from '../listener.ts'
import { profileRoutes } from '../routes/profiles.ts'

/**
 * Serves profiles of this process. They show what runs here and slow it down, so only this machine
 * may ask: throws CompozyError `config_invalid` where the server listens on another host.
 */
export async function serveProfiles(
  app: FastifyInstance,
  host: string,
  closing: AbortSignal,
): Promise<void> {
  if (!isLoopback(host)) {
    const message = `--profile-endpoint is not allowed with --host ${host}; profiles need 127.0.0.1, localhost or ::1`
    throw new CompozyError('config_invalid', message)
  }
  // Only a process that serves profiles loads the inspector.
  const { createProfiler } = await import('./profiler.ts')
  const profiler = await createProfiler()
  app.addHook('onClose', async () => profiler.stop())
  profileRoutes(app, profiler, closing)
}
