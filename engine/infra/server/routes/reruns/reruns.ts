import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { defined } from '../../../../core/defined.ts'
import { CompozyError, errorCodes, type ErrorCode } from '../../../../core/errors.ts'
import type { JsonValue } from '../../../../core/json.ts'
import type { Executions, ExecutionSummary } from '../../../../executions.ts'
import type { ApiDependencies } from '../../deps.ts'
import { registerRoute } from '../../route.ts'
import { executionParams, idempotencyHeaders, idempotencyOf, startedSchema } from '../../schemas.ts'
import { executionFilters, listFailureSchema } from '../execution-filters.ts'
import { executionUrl } from '../execution-view.ts'
import { ancestorsOf, createRepeatedCheck } from './repeated-runs.ts'
import { requireWorkflow } from '../require-known.ts'

const from = z
  .enum(['start', 'failed_task'])
  .default('start')
  .describe(
    '`failed_task`: begin at the task in which the run failed, was canceled, terminated or timed out; the outputs of the tasks before it are kept',
  )
const definition = z
  .enum(['original', 'current'])
  .default('current')
  .describe('the definition that the run had, or the one that the project has now')

const rerunBody = z
  .strictObject({
    from,
    definition,
    input: z
      .unknown()
      .optional()
      .describe('instead of the input that the run had; checked by the current definition alone'),
  })
  .default({ from: 'start', definition: 'current' })

/** Named in the OpenAPI document. */
export const rerunSchema = startedSchema
  .extend({ rerun_of: z.string().describe('the execution that is repeated') })
  .meta({ id: 'Rerun' })

const bulkBody = z.strictObject({
  filter: z.strictObject(executionFilters).default({}).describe('default: runs that failed'),
  from,
  definition,
  dry_run: z.boolean().default(false).describe('only list what would be repeated'),
  limit: z.int().min(1).max(1_000).default(100).describe('maximum runs to repeat'),
})

const bulkItem = z.object({
  exec_id: z.string().describe('the execution that is repeated'),
  workflow_id: z.string(),
  error: listFailureSchema.nullable(),
  rerun: z.string().nullable().describe('the new execution; null in a dry run or with a problem'),
  problem: z
    .object({ code: z.enum(errorCodes), detail: z.string() })
    .nullable()
    .describe('why it was not repeated'),
})

const problems: readonly ErrorCode[] = [
  'not_found',
  'conflict',
  'temporal_unavailable',
  'temporal_timeout',
  'temporal_failed',
]
/** Runs of one request that are looked at, or repeated, at the same time. */
const atOnce = 5

/** Registers the routes that repeat runs. */
export function rerunRoutes(app: FastifyInstance, api: ApiDependencies): void {
  const { executions } = api
  const tag = 'executions'

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/executions/workflows/:exec_id/rerun',
    operationId: 'rerunExecution',
    tag,
    summary: 'Repeat a closed run as a new one',
    description: [
      'From the start or from the failed task; `.trigger.type` is `rerun` and `.trigger.name` the repeated `exec_id`.',
      'From the failed task with an unchanged definition, a parallel or a collection keeps the children that succeeded;',
      'with a changed definition, the whole task runs again. A definition that lacks a passed task is a 409.',
    ].join(' '),
    params: executionParams,
    headers: idempotencyHeaders(
      'the same key repeats the run once and returns the same execution; with another `from`, `definition` or `input` 409',
    ),
    body: rerunBody,
    success: {
      202: {
        description: 'Started',
        schema: rerunSchema,
        headers: { location: 'path of the new execution' },
      },
    },
    problems,
    handle: async ({ params, headers, body, started }) => {
      const { input, ...how } = body
      const request = {
        execId: params.exec_id,
        ...how,
        ...defined({ input: input as JsonValue | undefined }),
        ...idempotencyOf(headers),
      }
      // Without a signal: Temporal may have stored the run before a canceled call returns.
      const run = await executions.rerun(request)
      const exec_url = executionUrl(run.exec_id)
      started(run.exec_id)
      return { status: 202, headers: { location: exec_url }, body: { ...run, exec_url } }
    },
  })

  registerRoute(app, {
    method: 'POST',
    url: '/api/v0/executions/workflows/rerun',
    operationId: 'rerunExecutions',
    tag,
    summary: 'Repeat the closed runs that a filter chooses',
    description:
      'Try it with `dry_run` first. The same Idempotency-Key repeats each run once, and neither what it has started nor the children of that. A run that can not be repeated is listed with its problem. A child is left out where its parent is repeated, which starts it again; and so is a run where the filter also chooses a repetition of it. Nor is a run repeated whose repetition is open or has completed: the same request again goes on with the others.',
    headers: idempotencyHeaders(
      'the same key repeats each run once; where it repeated a run with another `from` or `definition`, the item has the problem `conflict`',
    ),
    body: bulkBody,
    success: {
      200: {
        description: 'What was repeated, or would be',
        schema: z.object({
          dry_run: z.boolean(),
          items: z.array(bulkItem),
          already_repeated: z
            .int()
            .describe('runs that were left out: a repetition of them is open or has completed'),
          more: z.boolean().describe('true when further runs fit the filter'),
        }),
      },
    },
    problems,
    handle: async ({ body, headers, signal, started }) => {
      const { filter, dry_run, limit, ...how } = body
      const { status = ['failed'] } = filter
      if (status.includes('running'))
        throw new CompozyError(
          'input_invalid',
          'an open run can not be repeated; leave out running',
        )
      const query = defined({ ...filter, status })
      const keyed = idempotencyOf(headers)
      const isOwn = ownRuns(executions, keyed.idempotencyKey, signal())
      const isRepeated = createRepeatedCheck(executions, keyed.idempotencyKey, signal())
      const fateOf = async (run: ExecutionSummary): Promise<Fate> => {
        if (await isOwn(run)) return 'own'
        return (await isRepeated(run)) ? 'repeated' : 'due'
      }
      const choice = { query, limit, fateOf }
      const { chosen, already_repeated, more } = await choose(executions, choice, signal())
      if (chosen.length + already_repeated === 0)
        await requireWorkflow(filter.workflow_id, api, signal())
      const repeat = async (execId: string) => {
        const request = { execId, ...how, ...keyed }
        const run = await executions.rerun(request, { signal: signal() })
        started(run.exec_id)
        return run
      }
      const items = dry_run ? chosen.map((run) => itemOf(run)) : await repeatAll(chosen, repeat)
      return { status: 200, body: { dry_run, items, already_repeated, more } }
    },
  })
}

/**
 * Returns a function that reports whether a request with this key has started a run, or one that it
 * is a child of: the same request again must not go on with them.
 */
function ownRuns(
  executions: Executions,
  key: string | undefined,
  signal: AbortSignal,
): (run: ExecutionSummary) => Promise<boolean> {
  if (key === undefined) return async () => false
  const parents = new Map<string, Promise<boolean>>()
  const isOwnParent = async (execId: string): Promise<boolean> => {
    try {
      return await isOwn(await executions.describe(execId, { signal }))
    } catch (error) {
      // Temporal forgets closed runs: what it no longer has was not started by a request just now.
      if (CompozyError.from(error).code === 'not_found') return false
      throw error
    }
  }
  const isOwn = async (run: ExecutionSummary): Promise<boolean> => {
    const { child_of } = run
    if (executions.isRepetition(run, key)) return true
    if (child_of === null) return false
    const known = parents.get(child_of) ?? isOwnParent(child_of)
    parents.set(child_of, known)
    return known
  }
  return isOwn
}

/**
 * What a run that fits the filter is: started by the request itself, which leaves it out; one whose
 * work is done already, which is left out and counted; or one to repeat.
 */
type Fate = 'own' | 'repeated' | 'due'

/** Which runs to choose: those that closed last come first. */
interface Choice {
  readonly query: Omit<Parameters<Executions['list']>[0], 'limit' | 'cursor'>
  readonly limit: number
  readonly fateOf: (run: ExecutionSummary) => Promise<Fate>
}

interface Chosen {
  readonly chosen: readonly ExecutionSummary[]
  readonly already_repeated: number
  readonly more: boolean
}

async function choose(
  executions: Executions,
  { query: filter, limit, fateOf }: Choice,
  signal: AbortSignal,
): Promise<Chosen> {
  const chosen: ExecutionSummary[] = []
  const seen = new Set<string>()
  // A run that closes between two pages moves to another one, and a reset leaves two of one id.
  const isNew = ({ exec_id }: ExecutionSummary): boolean => {
    const isKnown = seen.has(exec_id)
    seen.add(exec_id)
    return !isKnown
  }
  let already_repeated = 0
  let cursor: string | null = null
  do {
    const query = { ...filter, limit: Math.min(200, limit - chosen.length) }
    const page = await executions.list(cursor === null ? query : { ...query, cursor }, { signal })
    const items = page.items.filter(isNew)
    const found = await inLanes(items, async (run) => ({ run, fate: await fateOf(run) }))
    chosen.push(...found.flatMap(({ run, fate }) => (fate === 'due' ? [run] : [])))
    already_repeated += found.filter(({ fate }) => fate === 'repeated').length
    cursor = page.next_cursor
  } while (cursor !== null && chosen.length < limit)
  return { chosen: withoutRepeated(chosen), already_repeated, more: cursor !== null }
}

/**
 * Leaves out each child whose parent is there too, which starts it again, and each run that another
 * one there has repeated already.
 */
function withoutRepeated(runs: readonly ExecutionSummary[]): readonly ExecutionSummary[] {
  const ids = new Set(runs.map(({ exec_id }) => exec_id))
  // An ancestor may be chosen where the parent is not.
  const isBelow = (run: ExecutionSummary): boolean =>
    [...ancestorsOf(run)].some((execId) => ids.has(execId))
  const repeated = new Set(runs.map(({ rerun_of }) => rerun_of))
  return runs.filter((run) => !isBelow(run) && !repeated.has(run.exec_id))
}

function itemOf({ exec_id, workflow_id, error }: ExecutionSummary): z.infer<typeof bulkItem> {
  return { exec_id, workflow_id, error, rerun: null, problem: null }
}

async function repeatAll(
  chosen: readonly ExecutionSummary[],
  repeat: (execId: string) => Promise<{ exec_id: string }>,
): Promise<readonly z.infer<typeof bulkItem>[]> {
  return inLanes(chosen, async (run) => {
    const item = itemOf(run)
    try {
      return { ...item, rerun: (await repeat(run.exec_id)).exec_id }
    } catch (error) {
      const { code, message } = CompozyError.from(error)
      return { ...item, problem: { code, detail: message } }
    }
  })
}

/** Does the work for each item, for a few at the same time, and returns the results in order. */
async function inLanes<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const queue = [...items.entries()]
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return results
}
