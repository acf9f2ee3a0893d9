import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../core/errors.ts'
import { didYouMean } from '../../core/nearest.ts'

/** Whether a path fits a route's URL, in which `:name` stands for one segment. */
function fits(path: string, url: string): boolean {
  const given = path.split('/')
  const wanted = url.split('/')
  return (
    given.length === wanted.length &&
    wanted.every((part, i) => part.startsWith(':') || part === given[i])
  )
}

/** What to try instead: another method where the path is known, else the nearest path. */
function hint(path: string, routes: ReadonlyMap<string, ReadonlySet<string>>): string {
  const methods = [...routes].filter(([url]) => fits(path, url)).flatMap(([, all]) => [...all])
  if (methods.length > 0) return `; this path takes ${methods.join(', ')}`
  const urls = [...routes.keys()].filter((url) => !url.includes('*'))
  return `; /docs lists all routes${didYouMean(path, urls)}`
}

/** Answers what no route takes. Call before any route. */
export function addNotFound(app: FastifyInstance): void {
  const routes = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? new Set<string>()
    for (const name of [method].flat()) known.add(name)
    routes.set(url, known)
  })
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0]!
    throw new CompozyError('not_found', `no route ${request.method} ${path}${hint(path, routes)}`)
  })
}
