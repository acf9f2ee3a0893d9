import { Composer, Parser, YAMLParseError, type Document } from 'yaml'

/** The parser finds duplicate keys in quadratic time; the conversion to JSON, in linear time. */
const options = {
  version: '1.2',
  prettyErrors: false,
  logLevel: 'error',
  uniqueKeys: false,
} as const

function* composed(tokens: readonly string[], length: number): Generator<Document> {
  const parser = new Parser()
  const composer = new Composer(options)
  for (const token of tokens) for (const part of parser.next(token)) yield* composer.next(part)
  for (const part of parser.end()) yield* composer.next(part)
  yield* composer.end(true, length)
}

/**
 * Parses the tokens of a text of this length, as the library's `parseDocument` does with a text:
 * the scan before it has read the tokens already. A second document is an error of the first one.
 */
export function parseTokens(tokens: readonly string[], length: number): Document {
  const documents = composed(tokens, length)
  const first = documents.next()
  if (first.done === true) throw new Error('the parser returned no document')
  const second = documents.next()
  if (second.done !== true) {
    const [start = 0, end = start] = second.value.range ?? []
    const message = 'Source contains multiple documents'
    first.value.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', message))
  }
  return first.value
}
