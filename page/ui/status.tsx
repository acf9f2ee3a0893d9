const words: Readonly<Record<string, string>> = { timed_out: 'timed out' }

/** Statuses that need a look. */
const bad = new Set(['failed', 'timed_out', 'terminated', 'unfinished'])
const good = new Set(['completed'])

/** The class of a status: its color. */
export function toneOf(status: string): string {
  if (bad.has(status)) return 'bad'
  if (good.has(status)) return 'good'
  return status === 'running' ? 'busy' : 'quiet'
}

/** A status as a word with its color. */
export function Status({ status }: { readonly status: string }) {
  return <span class={`status ${toneOf(status)}`}>{words[status] ?? status}</span>
}
