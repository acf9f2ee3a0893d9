import type { ReadyInfo } from '../engine/engine.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

/** Says that everything answers, and what to try first. */
export function announce(ready: ReadyInfo, { project }: Session, terminal: Terminal): void {
  terminal.emit({ event: 'ready', ...ready })
  const rows = [
    ['API', `${ready.api}/api/v0/workflows`],
    ['Docs', `${ready.api}/docs`],
    ['Metrics', ready.metrics ?? 'off (monitoring.enabled: true, or MONITORING_ENABLED=true)'],
    ['Temporal', `${ready.temporal}  namespace ${ready.namespace}, task queue ${ready.task_queue}`],
    ...(ready.ui === null ? [] : [['Temporal UI', ready.ui]]),
  ] as const
  terminal.print(`\n${project.name} is ready\n`)
  for (const [name, value] of rows) terminal.print(`  ${name.padEnd(12)} ${value}`)
  terminal.print('\nTry:\n')
  for (const line of suggestions(ready, project)) terminal.print(`  ${line}`)
  terminal.print('')
}

/** One curl line for each thing to try, with an input that the first workflow's own schema gives an example of. */
function suggestions(ready: ReadyInfo, project: Session['project']): string[] {
  const [workflow] = project.workflows.values()
  const examples: unknown = workflow?.inputSchema?.['examples']
  const input = JSON.stringify({ input: Array.isArray(examples) ? (examples[0] as unknown) : {} })
  const start = `curl -X POST ${ready.api}/api/v0/workflows/${workflow?.id}/executions -H 'content-type: application/json' -d '${input}'`
  return [
    ...(workflow === undefined ? [] : [start]),
    `curl ${ready.api}/api/v0/executions/workflows`,
    `curl ${ready.api}/api/v0/executions/workflows/EXEC_ID`,
    `curl -X POST ${ready.api}/api/v0/executions/workflows/EXEC_ID/cancel`,
    ...(ready.metrics === null ? [] : [`curl ${ready.metrics}`]),
  ]
}

/** Waits for SIGINT or SIGTERM; rejects if what runs below fails first. */
export function untilAborted(signal: AbortSignal, failed?: Promise<never>): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return failed === undefined ? aborted : Promise.race([aborted, failed])
}
