import { setTimeout as sleep } from 'node:timers/promises'

/** What watchers of runs got. */
export interface Seen {
  /** How long each GET took, ms. */
  readonly latencies: number[]
  /** Bytes of the largest answer to a GET. */
  largest: number
  /** Bytes of all events. */
  streamed: number
}

/** Each of the watchers that ask, asks once in this time, ms. */
const askEvery = 1_000

async function ask(url: string, done: AbortSignal, seen: Seen): Promise<void> {
  while (!done.aborted) {
    const begun = performance.now()
    const response = await fetch(url)
    const { byteLength } = await response.arrayBuffer()
    if (!response.ok) throw new Error(`GET of a watched run answered ${response.status}`)
    seen.latencies.push(performance.now() - begun)
    seen.largest = Math.max(seen.largest, byteLength)
    await sleep(Math.max(0, askEvery - (performance.now() - begun)), undefined, {
      signal: done,
    }).catch(() => undefined)
  }
}

async function listen(url: string, seen: Seen): Promise<void> {
  const response = await fetch(`${url}/events`)
  if (response.body === null) throw new Error('a watched run streams no events')
  // Node's streams are iterable; the types of `fetch` do not say so.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
    seen.streamed += chunk.byteLength
}

/**
 * Watches a run: each pair is one GET a second and one stream of events. Resolves when `done` was
 * aborted and the streams have ended with the run.
 */
export async function watchRun(
  url: string,
  pairs: number,
  done: AbortSignal,
  seen: Seen,
): Promise<void> {
  const watchers = Array.from({ length: pairs }, () => [ask(url, done, seen), listen(url, seen)])
  await Promise.all(watchers.flat())
}
