import type { Client } from '@temporalio/client'
import { describe, expect, it } from 'vitest'
import { countStuck, countStuckByWorkflow, listServerCloses, readBacklog } from './counts.ts'

interface StoredRun {
  readonly type: string
  readonly status: number
  /** ms since 1970, by the server's clock, which is finer. */
  readonly closedAt?: number
}

/** Reports whether a run fits the parts of a visibility query that these tests tell apart. */
function fits({ type, closedAt = 0 }: StoredRun, query: string): boolean {
  const only = /WorkflowType = '(\w+)'/.exec(query)?.[1]
  const others = /WorkflowType NOT IN \(([^)]*)\)/.exec(query)?.[1] ?? ''
  const from = Date.parse(/CloseTime >= '([^']*)'/.exec(query)?.[1] ?? '1970-01-01T00:00:00Z')
  const to = Date.parse(/CloseTime < '([^']*)'/.exec(query)?.[1] ?? '2100-01-01T00:00:00Z')
  const isOfType = only === undefined ? !others.includes(`'${type}'`) : type === only
  return isOfType && closedAt >= from && closedAt < to
}

/** A visibility store in which each page of a list takes a while. */
function storeOf(runs: readonly StoredRun[]) {
  const asked = { counts: 0, pages: 0, deadlines: 0 }
  const client = {
    options: { namespace: 'shop' },
    connection: {
      withDeadline: (_: number, make: () => unknown) => {
        asked.deadlines++
        return make()
      },
    },
    workflow: {
      count: async (query: string) => {
        asked.counts++
        return { count: runs.filter((run) => fits(run, query)).length }
      },
    },
    workflowService: {
      async listWorkflowExecutions({
        query,
        pageSize,
        nextPageToken,
      }: {
        query: string
        pageSize: number
        nextPageToken: Uint8Array
      }) {
        asked.pages++
        const from = Number(Buffer.from(nextPageToken).toString())
        const found = runs.filter((run) => fits(run, query))
        const executions = found.slice(from, from + pageSize).map((run, at) => ({
          execution: { workflowId: 'x', runId: `run-${from + at}` },
          type: { name: run.type },
          status: run.status,
          closeTime:
            run.closedAt === undefined
              ? null
              : {
                  seconds: Math.floor(run.closedAt / 1_000),
                  nanos: Math.round((run.closedAt % 1_000) * 1e6),
                },
        }))
        const next = from + pageSize < found.length ? String(from + pageSize) : ''
        return { executions, nextPageToken: Buffer.from(next) }
      },
    },
  }
  // Only what counts call of it.
  return { asked, options: { client: client as unknown as Client, taskQueue: 'shop' } }
}

const many = (length: number, run: StoredRun): StoredRun[] => Array.from({ length }, () => run)
const stuck = (type: string, length: number) => many(length, { type, status: 1 })

describe('countStuckByWorkflow', () => {
  it('Should count by the list alone what no query can name', async () => {
    const { asked, options } = storeOf([...stuck('team\\order', 2_500), ...stuck('order', 10)])
    const counts = new Map([
      ['team\\order', 2_500],
      ['order', 10],
    ])
    expect(await countStuckByWorkflow(options)).toEqual(counts)
    expect(asked).toMatchObject({ counts: 1, pages: 3 })
  })

  it('Should only count where no run is stuck', async () => {
    const { asked, options } = storeOf([])
    expect(await countStuckByWorkflow(options)).toEqual(new Map())
    expect(asked).toMatchObject({ counts: 1, pages: 0 })
  })

  it('Should see on one page of which workflows a few stuck runs are', async () => {
    const { asked, options } = storeOf([...stuck('order', 2), ...stuck('refund', 1)])
    expect(Object.fromEntries(await countStuckByWorkflow(options))).toEqual({ order: 2, refund: 1 })
    expect(asked).toMatchObject({ counts: 1, pages: 1 })
  })

  it('Should count very many by workflow instead of listing them', async () => {
    const runs = [...stuck('order', 5_000), ...stuck('refund', 3_000), ...stuck('parcel', 7)]
    const { asked, options } = storeOf(runs)
    const counts = { order: 5_000, refund: 3_000, parcel: 7 }
    expect(Object.fromEntries(await countStuckByWorkflow(options))).toEqual(counts)
    expect(asked).toMatchObject({ counts: 3, pages: 3 })
  })

  it('Should list on where counting each of many workflows takes more queries', async () => {
    const types = Array.from({ length: 200 }, (_, at) => `type${at}`)
    const runs = Array.from({ length: 10 }, () => types.flatMap((type) => stuck(type, 1))).flat()
    const { asked, options } = storeOf([...runs, ...stuck('order', 500)])
    const counts = { ...Object.fromEntries(types.map((type) => [type, 10])), order: 500 }
    expect(Object.fromEntries(await countStuckByWorkflow(options))).toEqual(counts)
    expect(asked).toMatchObject({ counts: 1, pages: 3 })
  })

  it('Should count by workflow from the page on that leaves more pages than workflows', async () => {
    const { asked, options } = storeOf([
      ...stuck('order', 600),
      ...stuck('refund', 3_400),
      ...stuck('parcel', 1),
    ])
    const counts = { order: 600, refund: 3_400, parcel: 1 }
    expect(Object.fromEntries(await countStuckByWorkflow(options))).toEqual(counts)
    // The total and two workflows; a page of these, and one of what is left.
    expect(asked).toMatchObject({ counts: 3, pages: 2 })
  })

  it('Should pause before each query but the first', async () => {
    const runs = [...stuck('order', 5_000), ...stuck('refund', 3_000), ...stuck('parcel', 7)]
    const { asked, options } = storeOf(runs)
    const asking: number[] = []
    const pause = async () => void asking.push(asked.counts + asked.pages)
    await countStuckByWorkflow({ ...options, pause })
    expect(asking).toEqual([1, 2, 3, 4, 5])
  })

  it('Should not pause where no run is stuck', async () => {
    let pauses = 0
    await countStuckByWorkflow({ ...storeOf([]).options, pause: async () => void pauses++ })
    expect(pauses).toBe(0)
  })

  it('Should leave no workflow out while the runs of another one grow', async () => {
    const runs = [...stuck('order', 3_000), ...stuck('refund', 7)]
    const { options } = storeOf(runs)
    const pause = async () => void runs.unshift(...stuck('order', 200))
    expect(await countStuckByWorkflow({ ...options, pause })).toEqual(
      new Map([
        ['order', 3_400],
        ['refund', 7],
      ]),
    )
  })

  it('Should end where the runs go while they are counted', async () => {
    const { asked, options } = storeOf(stuck('order', 1))
    const { count } = options.client.workflow
    options.client.workflow.count = async (query) => ({ ...(await count(query)), count: 5_000 })
    expect(Object.fromEntries(await countStuckByWorkflow(options))).toEqual({ order: 1 })
    expect(asked).toMatchObject({ counts: 1, pages: 1 })
  })
})

describe('countStuck', () => {
  it('Should count the stuck runs of all workflows in one query', async () => {
    const { asked, options } = storeOf([...stuck('order', 5_000), ...stuck('refund', 3)])
    expect(await countStuck(options)).toBe(5_003)
    expect(asked).toMatchObject({ counts: 1, pages: 0 })
    expect(await countStuck(storeOf([]).options)).toBe(0)
  })
})

describe('listServerCloses', () => {
  const close = (closedAt: number): StoredRun => ({ type: 'order', status: 7, closedAt })

  it('Should list a mass of closes page by page, each with a deadline of its own', async () => {
    const { asked, options } = storeOf(many(2_500, close(5_000)))
    const closes = await listServerCloses({ after: 0, until: 10_000 }, options)
    expect(new Set(closes.map(({ runId }) => runId)).size).toBe(2_500)
    expect(asked).toMatchObject({ pages: 3, deadlines: 3 })
  })

  it('Should give each close to one of the spans that meet, by whole milliseconds', async () => {
    const { options } = storeOf([close(100), close(100.4), close(100.999), close(101)])
    const closedIn = async (after: number, until: number) => {
      const closes = await listServerCloses({ after, until }, options)
      for (const { closedAt } of closes) expect(closedAt > after && closedAt <= until).toBe(true)
      return closes.length
    }
    expect(await closedIn(99, 100)).toBe(3)
    expect(await closedIn(100, 101)).toBe(1)
    expect(await closedIn(101, 102)).toBe(0)
  })

  it('Should name the workflow, the outcome and the time of a close', async () => {
    const { options } = storeOf([close(5_000.75), { type: 'refund', status: 5, closedAt: 6_000 }])
    expect(await listServerCloses({ after: 0, until: 10_000 }, options)).toEqual([
      { runId: 'run-0', workflowType: 'order', outcome: 'timed_out', closedAt: 5_000 },
      { runId: 'run-1', workflowType: 'refund', outcome: 'terminated', closedAt: 6_000 },
    ])
  })
})

describe('readBacklog', () => {
  /** Reads the backlog of a server with this answer. */
  const backlogOf = (answer: object) => {
    const client = {
      options: { namespace: 'shop' },
      connection: { withDeadline: (_: number, make: () => unknown) => make() },
      workflowService: { describeTaskQueue: async () => answer },
    } as unknown as Client // what one call of the service needs
    return readBacklog('workflow', { client, taskQueue: 'shop' })
  }

  it('Should be unknown from a server without statistics, and 0 where it leaves zeros out', async () => {
    expect(await backlogOf({ pollers: [] })).toBeUndefined()
    expect(await backlogOf({ stats: null })).toBeUndefined()
    expect(await backlogOf({ stats: {} })).toEqual({ tasks: 0, ageSeconds: 0 })
  })

  it('Should tell tasks and their age', async () => {
    const stats = { approximateBacklogCount: 7, approximateBacklogAge: { seconds: 2, nanos: 5e8 } }
    expect(await backlogOf({ stats })).toEqual({ tasks: 7, ageSeconds: 2.5 })
  })
})
