import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { CompozyError } from '../../../core/errors.ts'
import type { MonitoringService } from '../index.ts'

/** Reports whether a Fastify instance is the server itself and not one of its contexts. */
const isRoot = (app: FastifyInstance): boolean => Object.hasOwn(app, 'server')

/**
 * Returns the plugin that counts a server and serves its metrics. Fastify gives a plugin with these
 * symbols the instance itself, so that its hooks hold for every route.
 */
export function createFastifyPlugin({ http, path }: MonitoringService): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async (app) => {
    if (!isRoot(app))
      throw new CompozyError(
        'config_invalid',
        'monitoring.fastify is registered inside a plugin; register it on the server itself',
      )
    if (path === null) return
    if (app.hasRoute({ method: 'GET', url: path }))
      throw new CompozyError(
        'conflict',
        `the server already has a route GET ${path}; choose another path for the metrics`,
      )
    http.countServer(app)
    http.registerEndpoint(app)
  }
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'compozy-monitoring',
    [Symbol.for('plugin-meta')]: { name: 'compozy-monitoring', fastify: '5.x' },
  })
}
