import { runInNewContext } from 'node:vm'

/** Runs synchronous work under a limit, ms, which a test's own limit would not interrupt. */
export function within<Result>(timeout: number, work: () => Result): Result {
  return runInNewContext('work()', { work }, { timeout }) as Result
}
