import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../core/errors.ts'
import { didYouMean } from '../../core/nearest.ts'

/** Reports whether a path matches a route's URL, in which `:name` stands for one segment. */
function matches(path: string, url: string): boolean {
  const segments = path.split('/')
  const pattern = url.split('/')
  return (
    segments.length === pattern.length &&
    pattern.every((part, i) => part.startsWith(':') || part === segments[i])
  )
}

/** Returns the nearest path that exists. */
function hint(path: string, routes: ReadonlyMap<string, ReadonlySet<string>>): string {
  const urls = [...routes.keys()].filter((url) => !url.includes('*'))
  return `; /docs lists all routes${didYouMean(path, urls)}`
}

/** Returns the methods of a path; none if there is no such path. */
function methodsOf(path: string, routes: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const methods = [...routes].filter(([url]) => matches(path, url)).flatMap(([, all]) => [...all])
  return [...new Set(methods)]
}

/**
 * Answers requests that match no route: 405 where the path has other methods, else 404. Call before
 * any route is registered.
 */
export function addNotFound(app: FastifyInstance): void {
  const routes = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set<string>()
    for (const name of [method].flat()) methods.add(name)
    routes.set(url, methods)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!
    const methods = methodsOf(path, routes)
    if (methods.length > 0) {
      void reply.header('allow', methods.join(', '))
      const message = `${request.method} is not allowed for ${path}; this path takes ${methods.join(', ')}`
      throw new CompozyError('method_not_allowed', message)
    }
    throw new CompozyError('not_found', `no route ${request.method} ${path}${hint(path, routes)}`)
  })
}
