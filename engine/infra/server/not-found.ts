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

/** Returns what to try instead: another method where the path exists, else the nearest path. */
function hint(path: string, routes: ReadonlyMap<string, ReadonlySet<string>>): string {
  const methods = [...routes].filter(([url]) => matches(path, url)).flatMap(([, all]) => [...all])
  if (methods.length > 0) return `; this path takes ${methods.join(', ')}`
  const urls = [...routes.keys()].filter((url) => !url.includes('*'))
  return `; /docs lists all routes${didYouMean(path, urls)}`
}

/** Answers requests that match no route. Call before any route is registered. */
export function addNotFound(app: FastifyInstance): void {
  const routes = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set<string>()
    for (const name of [method].flat()) methods.add(name)
    routes.set(url, methods)
  })
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0]!
    throw new CompozyError('not_found', `no route ${request.method} ${path}${hint(path, routes)}`)
  })
}
