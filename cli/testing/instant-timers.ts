/** Stands in for `setTimeout` of `node:timers/promises`: no pause takes time. */
export function setTimeout(
  _ms: number,
  _value: undefined,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    else setImmediate(resolve)
  })
}
