import { useState } from 'preact/hooks'
import { get, type ExecutionSummary, type PageOf } from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { readPages, type OpenedPages } from './read-pages.ts'

/** How often a page of the list is read again, ms. */
const refreshMs = 5_000

/** The list of runs as far as a reader has opened it. */
export interface RunList {
  /** Open runs, then those that closed last; undefined before the first page has come. */
  readonly rows: readonly ExecutionSummary[] | undefined
  readonly error: string | undefined
  /** Opens another page; undefined where there is none. */
  readonly openMore: (() => void) | undefined
}

/** Reads a list of runs again and again: its first page, and those that a reader has opened. */
export function useRunList(path: string): RunList {
  const [opened, setOpened] = useState({ path, pages: 1 })
  const pages = opened.path === path ? opened.pages : 1
  // However many pages are opened, one is read in five seconds.
  const { data, error } = useApi<OpenedPages & { readonly pages: number }>(
    path,
    pages * refreshMs,
    async (_, signal) => {
      const read = (one: string) => get<PageOf<ExecutionSummary>>(one, signal)
      return { ...(await readPages(path, pages, read)), pages }
    },
  )
  return {
    rows: data?.rows,
    error,
    openMore:
      data === undefined || data.cursor === null
        ? undefined
        : // Two clicks before the page has come open one page.
          () => setOpened({ path, pages: data.pages + 1 }),
  }
}
