import { CompozyError } from '../../engine/core/errors.ts'
import { defaultServer, findServer, serverFlags } from '../api/server-access.ts'
import type { Command } from '../command.ts'

/** Returns the endpoint to scrape. */
function endpointOf(given: string): URL {
  if (!URL.canParse(given) || !/^https?:\/\//.test(given)) {
    const message = `"${given}" is not a URL; use one such as ${defaultServer}/metrics`
    throw new CompozyError('usage_invalid', message)
  }
  const url = new URL(given)
  if (url.pathname === '/') url.pathname = '/metrics'
  return url
}

/** `compozy top`. */
export const top: Command = {
  positionals: ['[URL]'],
  flags: serverFlags,
  details: `
Shows workers, the rate, errors and p95 of HTTP requests, the backlog, and the runs of each workflow. Everything is
computed from the scrape of one engine: rates over the last minute, counts since that process started. URL is the
metrics endpoint; without it, that of --server. Refreshes every 2 s; q or Ctrl-C quits. Piped, and with --json, it
prints one snapshot, whose error share and p95 are those since the start.

  compozy top
  compozy top http://127.0.0.1:9464/metrics
  compozy top --json`,
  async run(context) {
    const url = endpointOf(context.flags.positionals[0] ?? findServer(context) ?? defaultServer)
    const { runTop } = await import('../top/run-top.ts')
    return runTop(url, context)
  },
}
