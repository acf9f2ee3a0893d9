import { bytesOver, bytesText, limits } from '../core/limits.ts'
import type { ToolResult } from '../tool/runner.ts'

/** Outputs of fewer bytes are not worth a question about the run's history. */
const largeOutputBytes = 250_000

/**
 * Returns a tool's result, or `LimitExceeded` for a large output that the run's history has no room
 * for: Temporal terminates a run at 50 MiB, and calls in progress may all return at once. Accepts
 * the output when `historyBytes` fails.
 */
export async function refuseWithoutRoom(
  result: ToolResult,
  toolId: string,
  historyBytes: () => Promise<number>,
): Promise<ToolResult> {
  const bytes = result.ok ? bytesOver(result.output, largeOutputBytes) : undefined
  if (bytes === undefined) return result
  const history = await historyBytes().catch(() => 0)
  const limit = limits.historyWithOutputBytes
  if (history + bytes <= limit) return result
  const message =
    `output of tool "${toolId}" is ${bytesText(bytes)}, and the run's history is ` +
    `${bytesText(history)}; at most ${bytesText(limit)} together are allowed; ` +
    'return less, or make fewer calls at a time (max_workers, batch)'
  return { ok: false, error: { type: 'LimitExceeded', message }, limit: 'history' }
}
