import { createHash } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { CompozyError } from '../../../core/errors.ts'

/** A run as Temporal lists it. */
export type ListedRun = Awaited<
  ReturnType<Client['workflowService']['listWorkflowExecutions']>
>['executions'][number]

/** Where a run is in Temporal's order: by close, then by start, the latest first. */
export interface RunPosition {
  /** ns since 1970; {@link never} for an open run. */
  readonly closedAt: bigint
  readonly startedAt: bigint
  readonly runId: string
}

/** Where a list goes on. */
export interface ListPlace {
  /** Temporal's token of the page; empty for the first one. */
  readonly token: Uint8Array
  /** The run that the list has come to on that page; undefined at its beginning. */
  readonly after?: RunPosition | undefined
}

/** Open runs come first. */
const never = 2n ** 63n

const nanosecondsOf = (time: NonNullable<ListedRun['startTime']>): bigint =>
  BigInt(String(time.seconds ?? 0)) * 1_000_000_000n + BigInt(time.nanos ?? 0)

/** Returns where a run is in the list that it was read from. */
export function positionOf({ closeTime, startTime, execution }: ListedRun): RunPosition {
  return {
    closedAt: closeTime ? nanosecondsOf(closeTime) : never,
    startedAt: startTime ? nanosecondsOf(startTime) : 0n,
    runId: execution?.runId ?? '',
  }
}

/**
 * Returns the index of the first run on a page that comes after a place. A number of runs would not
 * tell: the first page grows at its top, and a run that closes moves.
 */
export function indexAfter(runs: readonly ListedRun[], place: RunPosition): number {
  const positions = runs.map(positionOf)
  const { closedAt, startedAt, runId } = place
  const same = positions.findIndex((at) => at.runId === runId && at.closedAt === closedAt)
  if (same >= 0) return same + 1
  const next = positions.findIndex((at) =>
    at.closedAt === closedAt ? at.startedAt <= startedAt : at.closedAt < closedAt,
  )
  return next < 0 ? runs.length : next
}

/** Length of the seal before a cursor's place, bytes. */
const sealLength = 9

/** Marks the cursors of a list: Temporal retries a token that is not its own forever. */
const sealOf = (place: Uint8Array, query: string): Buffer =>
  createHash('sha256').update(place).update(query).digest().subarray(0, sealLength)

const writePosition = ({ closedAt, startedAt, runId }: RunPosition): string =>
  `${closedAt} ${startedAt} ${runId}`

function readPosition(text: string): RunPosition | undefined {
  const [, closedAt, startedAt, runId] = /^(\d+) (\d+) (.*)$/.exec(text) ?? []
  if (closedAt === undefined || startedAt === undefined || runId === undefined) return undefined
  return { closedAt: BigInt(closedAt), startedAt: BigInt(startedAt), runId }
}

/**
 * Returns a place as an opaque cursor of this query's list; null where there is no further page.
 */
export function encodeCursor({ token, after }: ListPlace, query: string): string | null {
  if (after === undefined && token.length === 0) return null
  const run = Buffer.from(after ? writePosition(after) : '')
  const place = Buffer.concat([Buffer.from([run.length]), run, token])
  return Buffer.concat([sealOf(place, query), place]).toString('base64url')
}

/**
 * Returns the place that a cursor names. Throws CompozyError `input_invalid` for one that no list
 * of this query gave.
 */
export function decodeCursor(cursor: string | undefined, query: string): ListPlace {
  if (cursor === undefined) return { token: new Uint8Array() }
  const bytes = Buffer.from(cursor, 'base64url')
  const place = bytes.subarray(sealLength)
  const isSealed = bytes.subarray(0, sealLength).equals(sealOf(place, query))
  const runLength = place[0]
  if (isSealed && runLength !== undefined) {
    const run = place.subarray(1, 1 + runLength).toString()
    const token = place.subarray(1 + runLength)
    const after = readPosition(run)
    if (after !== undefined || run === '') return { token, after }
  }
  throw new CompozyError('input_invalid', 'cursor is not one that a list with these filters gave')
}
