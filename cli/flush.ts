/** What {@link flush} needs of a stream. */
interface Flushable {
  write(text: string, done: () => void): unknown
}

/**
 * Waits until everything that was written to the streams has left the process. A pipe is written in
 * the background: an exit before its reader is ready would cut the output without an error.
 */
export async function flush(...streams: readonly Flushable[]): Promise<void> {
  await Promise.all(
    streams.map((stream) => new Promise<void>((done) => void stream.write('', () => done()))),
  )
}
