import type { ExecutionSummary, PageOf } from '../api/client.ts'

type RunPage = PageOf<ExecutionSummary>

/** Runs on one page of the list. */
export const pageSize = 50

/** The first pages of the list of runs. */
export interface OpenedPages {
  /** In the API's order, each run once. */
  readonly rows: readonly ExecutionSummary[]
  /** Where the list goes on; null at its end. */
  readonly cursor: string | null
}

/**
 * Reads the first pages of a list of runs. All of them are read together: a run that closes moves
 * up past others, so a page that was read before need not join a newer one.
 */
export async function readPages(
  path: string,
  pages: number,
  readPage: (path: string) => Promise<RunPage>,
): Promise<OpenedPages> {
  const rows = new Map<string, ExecutionSummary>()
  let cursor: string | null = null
  for (let page = 0; page === 0 || (page < pages && cursor !== null); page++) {
    const next = await readPage(
      cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
    )
    // A run that closed in between is on both pages; the later one knows that.
    for (const run of next.items) rows.set(`${run.exec_id} ${run.run_id}`, run)
    cursor = next.next_cursor
  }
  return { rows: [...rows.values()], cursor }
}
