import { request } from './client.ts'

/** One server-sent event. */
export interface StreamEvent {
  /** Where to go on after it, if the stream can be resumed. */
  readonly id?: string
  readonly event: string
  readonly data: string
}

/** Reads one block of a stream: lines `field: value`. Comments give nothing. */
export function parseEvent(block: string): StreamEvent | undefined {
  const lines = block.split('\n')
  const read = (field: string) =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).replace(/^ /, ''))
  const data = read('data')
  if (data.length === 0) return undefined
  const [id] = read('id')
  const event = { event: read('event')[0] ?? 'message', data: data.join('\n') }
  return id === undefined ? event : { ...event, id }
}

/**
 * Reads server-sent events of the API until the stream ends or `signal` aborts. Not an EventSource,
 * which cannot carry a token.
 */
export async function* streamEvents(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const response = await request(path, { signal, headers: { accept: 'text/event-stream' } })
  const decoder = new TextDecoder()
  const reader = response.body!.getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += decoder.decode(value, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event !== undefined) yield event
    }
  }
}
