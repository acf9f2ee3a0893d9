/** One event of a `text/event-stream`. */
export interface ServerEvent {
  readonly name: string
  /** The id from which a client that reconnects continues. */
  readonly id: string | undefined
  readonly data: string
}

/** Reads server-sent events from a response's body; comments are skipped. */
export async function* readServerEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) {
      const event = parse(block)
      if (event.data !== '') yield event
    }
  }
}

function parse(block: string): ServerEvent {
  let name = 'message'
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split('\n')) {
    // Values may hold U+2028, where a dot without the flag would stop.
    const [, field, value = ''] = /^(event|data|id): ?(.*)$/s.exec(line) ?? []
    if (field === 'event') name = value
    if (field === 'id') id = value
    if (field === 'data') data.push(value)
  }
  return { name, id, data: data.join('\n') }
}
