import type { ReadyInfo } from '../engine/engine.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

/** Says that everything answers, and what to try first. A `worker` serves no API to try. */
export function announce(
  ready: ReadyInfo,
  session: Pick<Session, 'project' | 'config'>,
  { terminal, role }: { terminal: Terminal; role: 'all' | 'worker' },
): void {
  const { project } = session
  terminal.emit({ event: 'ready', ...ready })
  const rows = [
    ...(role === 'all'
      ? [
          ['API', `${ready.api}/api/v0/workflows`],
          ['Docs', `${ready.api}/docs`],
        ]
      : [['Health', `${ready.api}/readyz`]]),
    ['Metrics', ready.metrics ?? 'off (monitoring.enabled: true, or MONITORING_ENABLED=true)'],
    ['Temporal', `${ready.temporal}  namespace ${ready.namespace}, task queue ${ready.task_queue}`],
    ...(ready.ui === null ? [] : [['Temporal UI', ready.ui]]),
  ] as [string, string][]
  terminal.print(`\n${project.name} is ready\n`)
  for (const [name, value] of rows) terminal.print(`  ${name.padEnd(12)} ${value}`)
  if (role === 'all') {
    terminal.print('\nTry:\n')
    for (const line of suggestions(ready, session)) terminal.print(`  ${line}`)
  }
  terminal.print('')
}

/** One curl line for each thing to try, with an input that the first workflow's own schema gives an example of. */
function suggestions(
  ready: ReadyInfo,
  { project, config }: Pick<Session, 'project' | 'config'>,
): string[] {
  const [workflow] = project.workflows.values()
  const examples: unknown = workflow?.inputSchema?.['examples']
  const input = JSON.stringify({ input: Array.isArray(examples) ? (examples[0] as unknown) : {} })
  const tokenFile = config.server.apiTokenFile
  const token = tokenFile === null ? '' : `-H "authorization: Bearer $(cat ${tokenFile})" `
  const start = `curl -X POST ${token}${ready.api}/api/v0/workflows/${workflow?.id}/executions -H 'content-type: application/json' -d ${shellQuote(input)}`
  return [
    ...(workflow === undefined ? [] : [start]),
    `curl ${token}${ready.api}/api/v0/executions/workflows`,
    `curl ${token}${ready.api}/api/v0/executions/workflows/EXEC_ID`,
    `curl -X POST ${token}${ready.api}/api/v0/executions/workflows/EXEC_ID/cancel`,
    ...(ready.metrics === null ? [] : [`curl ${ready.metrics}`]),
  ]
}

/** Text as one word of a POSIX shell. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Waits for SIGINT or SIGTERM; rejects if what runs below fails first. */
export function untilAborted(signal: AbortSignal, failed?: Promise<never>): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return failed === undefined ? aborted : Promise.race([aborted, failed])
}
