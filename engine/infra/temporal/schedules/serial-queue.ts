/** Runs work one after another for each key; works of different keys do not wait. */
export type SerialQueue = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Creates an empty queue. Work that fails does not stop the next one. */
export function createSerialQueue(): SerialQueue {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const start = (): ReturnType<typeof work> => work()
    const turn = (last.get(key) ?? Promise.resolve()).then(start, start)
    last.set(key, turn)
    const forget = (): void => {
      if (last.get(key) === turn) last.delete(key)
    }
    turn.then(forget, forget)
    return turn
  }
}
