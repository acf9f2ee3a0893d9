import dns from 'node:dns'
import { vi } from 'vitest'

/** The addresses of `localhost` in a test that has called {@link resolveLocalhostTwice}. */
export const loopbacks = ['127.0.0.1', '127.0.0.2'] as const

type Answer = (error: null, found: unknown, family?: number) => void

/** Makes `localhost` two addresses, as it is on a machine with IPv6, until it is restored. */
export function resolveLocalhostTwice(): { restore(): void } {
  const lookup = (host: string, ...rest: readonly unknown[]): void => {
    const addresses = host === 'localhost' ? loopbacks : [host]
    const answer = rest.at(-1) as Answer
    const [options] = rest as readonly [{ all?: boolean } | Answer]
    const isAll = typeof options === 'object' && options.all === true
    const all = addresses.map((address) => ({ address, family: 4 }))
    process.nextTick(() => (isAll ? answer(null, all) : answer(null, addresses[0], 4)))
  }
  const mock = vi.spyOn(dns, 'lookup').mockImplementation(lookup)
  return { restore: () => mock.mockRestore() }
}
