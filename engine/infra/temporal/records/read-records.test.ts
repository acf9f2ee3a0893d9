import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Client } from '@temporalio/client'
import { describe, expect, it } from 'vitest'
import { readHistory } from '../../../../test/histories/history.ts'
import { CompozyError } from '../../../core/errors.ts'
import type { Call } from '../connection/calls.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import { readRun } from './read-records.ts'

const folder = join(import.meta.dirname, '../../../../test/histories')
const call: Call = (_what, _options, make) => make()

function eventsIn(name: string): readonly TemporalEvent[] {
  const bytes = readFileSync(join(folder, `${name}.json.gz`))
  return readHistory(gunzipSync(bytes).toString('utf8')).events!
}

const first = eventsIn('uuid-1')
const second = eventsIn('uuid-2')
const startOf = (events: readonly TemporalEvent[]) =>
  events[0]!.workflowExecutionStartedEventAttributes!
const execId = startOf(first).workflowId!

/** Returns the rounds of the loop that a server with these runs tells of one of them. */
async function roundsOf(runs: Readonly<Record<string, readonly TemporalEvent[]>>, runId: string) {
  const getWorkflowExecutionHistory = async (request: {
    execution: { runId: string }
    maximumPageSize?: number
  }) => {
    const events = runs[request.execution.runId]
    if (events === undefined) throw new CompozyError('not_found', 'no such run')
    return { history: { events: events.slice(0, request.maximumPageSize) } }
  }
  const workflowService = { getWorkflowExecutionHistory }
  // The part of a client that reads histories.
  const client = { options: { namespace: 'default' }, workflowService } as unknown as Client
  const { records } = await readRun(client, call, { execId, runId })
  return records.tasks.filter(({ id }) => id === 'key').map(({ visit }) => visit)
}

const upTo = (last: number, from = 1): readonly number[] =>
  Array.from({ length: last - from + 1 }, (_, index) => from + index)

describe('the runs of a chain', () => {
  const firstId = startOf(second).continuedExecutionRunId!
  const secondId = first.at(-1)!.workflowExecutionContinuedAsNewEventAttributes!.newExecutionRunId!
  const whole = { [firstId]: first, [secondId]: second }

  it('Should be read in order, from the first one on', async () => {
    expect(await roundsOf(whole, secondId)).toEqual(upTo(30))
  })

  it('Should be read up to the run that is asked for, and no further', async () => {
    const rounds = await roundsOf(whole, firstId)
    expect(rounds.length).toBeLessThan(30)
    expect(rounds).toEqual(upTo(rounds.length))
  })

  it('Should be read from the oldest one on that retention left', async () => {
    const earlier = await roundsOf(whole, firstId)
    const rounds = await roundsOf({ [secondId]: second }, secondId)
    expect(rounds).toEqual(upTo(30, earlier.length + 1))
  })

  it('Should have the run that a reset made in the place of the one that it replaced', async () => {
    // A reset keeps the events before it, and the first run of the chain.
    const half = second.slice(0, second.length / 4)
    const rounds = await roundsOf({ ...whole, reset: half }, 'reset')
    expect(rounds.length).toBeLessThan(30)
    expect(rounds).toEqual(upTo(rounds.length))
    const alone = first.slice(0, first.length / 2)
    const short = await roundsOf({ ...whole, reset: alone }, 'reset')
    expect(short.length).toBeLessThan((await roundsOf(whole, firstId)).length)
  })

  it('Should not be read where Temporal does not tell them', async () => {
    await expect(roundsOf({ [secondId]: second }, 'gone')).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})
