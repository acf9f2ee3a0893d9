import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import type { JsonValue } from '../../engine/core/json.ts'
import type { ExecutionQuery, Executions, ExecutionSummary } from '../../engine/executions.ts'
import { eventually } from '../support/compozy.ts'
import { describeEvents } from './events.ts'
import { newKey, refusal } from './requests.ts'

/** The project that the contract is tried on; both sides of the setup run it. */
export const contractProject = join(import.meta.dirname, 'project')

/**
 * Two projects on one server. `other` runs the same workflows as `executions` does, under another
 * name.
 */
export interface ContractSetup {
  readonly executions: Executions
  readonly other: Executions
}

const api = { type: 'api' } as const
const longest = 20_000

/**
 * The contract of the executions port, for each implementation of it. A parcel waits for the signal
 * `deliver`: with `{ok: true}` it completes, with anything else it fails; every other signal is
 * kept.
 */
export function describeExecutions(name: string, setup: () => Promise<ContractSetup>): void {
  describe(`executions: ${name}`, () => {
    let executions: Executions
    let other: Executions
    beforeAll(async () => {
      ;({ executions, other } = await setup())
    })

    const start = (input: JsonValue = { weight: 1 }, idempotencyKey?: string) =>
      executions.start(
        defined({
          workflowId: 'parcel',
          input,
          trigger: api,
          idempotencyKey,
        }),
      )
    const startId = async (input?: JsonValue): Promise<string> => (await start(input)).exec_id

    /** A visibility list follows what happened; it is asked until it does. */
    const listed = (
      query: ExecutionQuery,
      accept: (items: readonly ExecutionSummary[]) => boolean,
    ) => eventually(async () => (await executions.list(query)).items, accept)
    const idsOf = (items: readonly ExecutionSummary[]): string[] =>
      items.map(({ exec_id }) => exec_id)

    const endings = {
      completed: (id: string) => executions.signal(id, 'deliver', { ok: true }),
      failed: (id: string) => executions.signal(id, 'deliver', { ok: false }),
      canceled: (id: string) => executions.cancel(id),
      terminated: (id: string) => executions.terminate(id, 'lost on the way'),
    } as const
    const closedStatuses = Object.keys(endings) as (keyof typeof endings)[]

    async function closedAs(status: keyof typeof endings): Promise<string> {
      const id = await startId()
      await endings[status](id)
      await executions.result(id, longest)
      return id
    }

    it('Should start a run that is running, with the defaults of its input filled in', async () => {
      const { exec_id, run_id, created } = await start({ weight: 3 })
      expect(created).toBe(true)
      expect(await executions.describe(exec_id)).toEqual({
        exec_id,
        run_id,
        workflow_id: 'parcel',
        status: 'running',
        input: { weight: 3, size: 'small' },
        output: null,
        error: null,
        tasks: null,
        started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        closed_at: null,
        rerun_of: null,
        child_of: null,
      })
    })

    it('Should refuse an input with every violation, and start nothing', async () => {
      const key = newKey()
      expect(await refusal(start({ weight: -1, colour: 'red' }, key))).toMatchObject({
        code: 'input_invalid',
        pointers: expect.arrayContaining([expect.stringContaining('weight')]),
      })
      expect((await start({ weight: 1 }, key)).created).toBe(true)
    })

    it.each(closedStatuses)(
      'Should show a run that is %s, and refuse to touch it again',
      async (status) => {
        const id = await startId()
        await endings[status](id)
        const run = await executions.result(id, longest)
        expect(run).toMatchObject({ exec_id: id, status, closed_at: expect.any(String) })
        expect(run?.output).toEqual(status === 'completed' ? { size: 'small' } : null)
        expect(run?.error === null).toBe(status === 'completed')
        expect(await executions.describe(id)).toEqual(run)
        for (const touch of Object.values(endings)) {
          expect(await refusal(touch(id))).toMatchObject({
            code: 'conflict',
            message: expect.stringContaining(status),
          })
        }
      },
    )

    it('Should give the reason of a failure as data', async () => {
      const run = await executions.describe(await closedAs('failed'))
      expect(run.error).toMatchObject({ type: 'NoRoute', message: expect.any(String) })
    })

    it('Should wait for an end no longer than it is told, and leave the run alone', async () => {
      const id = await startId()
      expect(await executions.result(id, 50)).toBeUndefined()
      expect((await executions.describe(id)).status).toBe('running')
    })

    it('Should know nothing of what does not exist, nor of what another project runs', async () => {
      const foreign = await other.start({
        workflowId: 'parcel',
        input: { weight: 1 },
        trigger: api,
      })
      expect((await other.describe(foreign.exec_id)).status).toBe('running')
      for (const id of ['parcel-none', foreign.exec_id]) {
        const calls: readonly (() => Promise<unknown>)[] = [
          () => executions.describe(id),
          () => executions.view(id),
          () => executions.result(id, 50),
          ...Object.values(endings).map((end) => () => end(id)),
        ]
        for (const call of calls) {
          expect(await refusal(call())).toMatchObject({
            code: 'not_found',
            message: expect.stringContaining(id),
          })
        }
      }
    })

    it('Should name the nearest workflow where there is none of that name', async () => {
      const call = executions.start({ workflowId: 'parcle', input: {}, trigger: api })
      expect(await refusal(call)).toMatchObject({
        code: 'not_found',
        message: 'no workflow "parcle"; did you mean "parcel"?',
      })
    })

    it('Should give the same run for the same key and input, also when it is closed', async () => {
      const key = newKey()
      const first = await start({ weight: 5, size: 'small' }, key)
      // The same after its defaults, and whatever the order of keys.
      expect(await start({ weight: 5 }, key)).toEqual({ ...first, created: false })
      await executions.terminate(first.exec_id, 'enough')
      expect(await start({ size: 'small', weight: 5 }, key)).toEqual({ ...first, created: false })
    })

    it('Should repeat a run once for the same key, and refuse the key for another repetition', async () => {
      const execId = await closedAs('failed')
      const request = {
        execId,
        from: 'start',
        definition: 'original',
        idempotencyKey: newKey(),
      } as const
      const first = await executions.rerun(request)
      expect(await executions.rerun(request)).toEqual(first)
      const input = { weight: 7, size: 'small' }
      for (const other of [{ input }, { definition: 'current' as const }])
        expect(await refusal(executions.rerun({ ...request, ...other }))).toMatchObject({
          code: 'conflict',
          message: expect.stringContaining(request.idempotencyKey),
        })
      const again = await executions.rerun({ ...request, input, idempotencyKey: newKey() })
      expect(again.exec_id).not.toBe(first.exec_id)
    })

    it('Should know which runs a key has repeated, and no other run', async () => {
      const request = {
        execId: await closedAs('failed'),
        from: 'start',
        definition: 'original',
      } as const
      const [key, otherKey] = [newKey(), newKey()]
      const keyed = await executions.rerun({ ...request, idempotencyKey: key })
      const unkeyed = await executions.rerun(request)
      const original = await executions.describe(request.execId)
      expect(executions.isRepetition(keyed, key)).toBe(true)
      expect(executions.isRepetition(keyed, otherKey)).toBe(false)
      expect(executions.isRepetition(unkeyed, key)).toBe(false)
      expect(executions.isRepetition(original, key)).toBe(false)
    })

    it('Should refuse a key that was used with another input, and keep projects and keys apart', async () => {
      const key = newKey()
      const first = await start({ weight: 5 }, key)
      expect(await refusal(start({ weight: 6 }, key))).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(key),
      })
      const request = {
        workflowId: 'parcel',
        input: { weight: 6 },
        trigger: api,
        idempotencyKey: key,
      }
      const elsewhere = await other.start(request)
      const otherKey = await start({ weight: 6 }, newKey())
      expect([elsewhere.created, otherKey.created]).toEqual([true, true])
      expect(new Set([first.exec_id, elsewhere.exec_id, otherKey.exec_id]).size).toBe(3)
    })

    it('Should list open runs by their start, the latest first, by pages that neither repeat nor lose one', async () => {
      const started: string[] = []
      for (let i = 0; i < 5; i++) started.push(await startId())
      const { started_at: from } = await executions.describe(started[0]!)
      const query = { from, workflow_id: 'parcel', limit: 2 }
      await listed({ ...query, limit: 100 }, ({ length }) => length >= 5)
      const pages: string[][] = []
      let cursor: string | null | undefined
      do {
        const page = await executions.list(defined({ ...query, cursor: cursor ?? undefined }))
        if (page.items.length > 0) pages.push(idsOf(page.items))
        cursor = page.next_cursor
      } while (cursor !== null)
      expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
      expect(pages.flat()).toEqual(started.toReversed())
    })

    it('Should list open runs before closed ones, and those by their close', async () => {
      const early = await startId()
      const { started_at: from } = await executions.describe(early)
      const late = await closedAs('completed')
      const open = await startId()
      await endings.completed(early)
      await executions.result(early, longest)
      const query = { from, workflow_id: 'parcel', limit: 100 }
      const items = await listed(
        query,
        (all) => all.filter((run) => run.closed_at !== null).length >= 2,
      )
      expect(idsOf(items)).toEqual([open, early, late])
    })

    it.each(['no cursor!', 'bm90IGEgY3Vyc29y'])('Should refuse the cursor "%s"', async (cursor) => {
      expect(await refusal(executions.list({ limit: 2, cursor }))).toMatchObject({
        code: 'input_invalid',
      })
    })

    it('Should refuse the cursor of another list', async () => {
      for (let i = 0; i < 2; i++) await startId()
      const query = { limit: 1, workflow_id: 'parcel' }
      const { next_cursor } = await eventually(
        () => executions.list(query),
        (page) => page.next_cursor !== null,
      )
      const elsewhere = { limit: 1, workflow_id: 'courier', cursor: next_cursor! }
      expect(await refusal(executions.list(elsewhere))).toMatchObject({ code: 'input_invalid' })
    })

    it('Should list by status, workflow and time of the start, and only its own', async () => {
      const old = await closedAs('terminated')
      const done = await closedAs('completed')
      const open = await startId()
      const foreign = await other.start({
        workflowId: 'parcel',
        input: { weight: 1 },
        trigger: api,
      })
      const { started_at: from } = await executions.describe(done)
      const before = new Date(Date.parse(from) - 1).toISOString()
      const all = { limit: 100 }
      await listed({ ...all, from }, (items) => items.some(({ exec_id }) => exec_id === open))
      await listed({ ...all, from, status: ['completed'] }, ({ length }) => length > 0)
      const ids = async (query: Partial<ExecutionQuery>) =>
        idsOf((await executions.list({ ...all, ...query })).items)

      expect(await ids({ from })).toEqual([open, done])
      expect(await ids({ from, status: ['completed'] })).toEqual([done])
      expect(await ids({ from, status: ['running'] })).toEqual([open])
      expect(await ids({ from, workflow_id: 'courier' })).toEqual([])
      expect(await ids({ from, to: from })).toEqual([done])
      expect(await ids({ to: before })).toContain(old)
      expect(await ids({ to: before })).not.toContain(done)
      expect(await ids({})).not.toContain(foreign.exec_id)
    })

    it('Should show in a list what the run itself shows', async () => {
      const id = await closedAs('completed')
      const {
        input: _input,
        output: _output,
        tasks: _tasks,
        ...summary
      } = await executions.describe(id)
      const query = { limit: 100, status: ['completed'], workflow_id: 'parcel' } as const
      const items = await listed(query, (all) => all.some(({ exec_id }) => exec_id === id))
      expect(items.find(({ exec_id }) => exec_id === id)).toEqual(summary)
    })

    describeEvents(() => executions)

    it('Should warn of a signal that no task waits for, and of no other', async () => {
      const id = await startId()
      expect(await executions.signal(id, 'delivr', null)).toEqual({
        warning: 'no task of this run waits for the signal "delivr"; did you mean "deliver"?',
      })
      expect(await executions.signal(id, 'deliver', { ok: true })).toEqual({})
    })

    it('Should keep 1,000 signals that nothing takes and refuse one more', async () => {
      const id = await startId()
      const note = () => executions.signal(id, 'note', 'to be read later')
      for (let sent = 0; sent < 1_000; sent += 50)
        await Promise.all(Array.from({ length: 50 }, note))
      await eventually(
        () => executions.view(id),
        ({ pending_signals }) => pending_signals === 1_000,
      )
      expect(await refusal(note())).toMatchObject({
        code: 'limit_reached',
        message: expect.stringContaining('1000'),
      })
      await executions.terminate(id, 'read enough')
    })
  })
}
