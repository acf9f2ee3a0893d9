import type { CompozyError } from '../../engine/core/errors.ts'

/** The error that a call ended with, as an API client would tell it from others. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ code: string; message: string; pointers: string[] }> {
  const error = await call.then(
    (value) => {
      throw new Error(`answered ${JSON.stringify(value)}, where an error was due`)
    },
    (thrown: CompozyError) => thrown,
  )
  const { code, message, violations } = error
  return { code, message, pointers: violations.map(({ pointer }) => pointer) }
}

let keys = 0

/** An idempotency key that no other test uses. */
export function newKey(): string {
  return `key-${process.pid}-${performance.timeOrigin}-${++keys}`
}
