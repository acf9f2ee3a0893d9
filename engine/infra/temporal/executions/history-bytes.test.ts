import type { Client } from '@temporalio/client'
import { describe, expect, it } from 'vitest'
import { createHistoryBytes } from './history-bytes.ts'

const run = { execId: 'a', runId: 'r' }

/** A client whose server describes runs so. */
function clientWith(description: () => Promise<unknown>): Client {
  const passOn = (_: unknown, make: () => unknown) => make()
  const connection = { withDeadline: passOn, withAbortSignal: passOn }
  const workflow = { getHandle: () => ({ describe: description }) }
  // Only what the reader uses of a client.
  return { connection, workflow } as unknown as Client
}

describe('the size of a history', () => {
  it.each([
    ['of an open run', 'RUNNING', 42_000, 42_000],
    ['of an open run on a server that does not say', 'RUNNING', undefined, 0],
    ['of a closed run', 'COMPLETED', 42_000, 0],
  ])('Should be that %s', async (_, name, historySize, expected) => {
    const client = clientWith(() => Promise.resolve({ status: { name }, historySize }))
    expect(await createHistoryBytes(client)(run)).toBe(expected)
  })

  it('Should not be waited for beyond its time, however long the SDK tries again', async () => {
    const client = clientWith(() => new Promise(() => {}))
    await expect(createHistoryBytes(client, 10)(run)).rejects.toMatchObject({
      code: 'temporal_timeout',
    })
  })
})
