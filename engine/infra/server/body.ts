import type { FastifyInstance } from 'fastify'
import { CompozyError } from '../../core/errors.ts'

/** Why a body is refused, with the place where the parser gave up. */
function reasonOf(text: string): string {
  try {
    JSON.parse(text)
    return 'the body holds a key that would change the prototype of objects'
  } catch (error) {
    return `the body is not valid JSON: ${(error as SyntaxError).message}`
  }
}

/** JSON is the only body there is. An empty one is no body: a signal without payload, a start without input. */
export function addJsonParser(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      if (body.length === 0) return done(null, undefined)
      void parse(request, body, (cause, value) => {
        if (cause === null) done(null, value)
        else done(new CompozyError('input_invalid', reasonOf(body), { cause }), undefined)
      })
    },
  )
}
