import { Readable } from 'node:stream'

/** An answer of server-sent events. `leave` is called once, when the stream has ended or broken. */
export function eventStream(events: AsyncIterable<string>, leave: () => void) {
  const body = Readable.from(events)
  body.once('close', leave)
  return {
    status: 200 as const,
    // The last header stops nginx from buffering the events.
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
    body,
  }
}
