import { readFileSync } from 'node:fs'
import type { ReadyInfo } from '../../engine/engine.ts'
import { isBareToken } from '../../engine/infra/server/access/api-tokens.ts'
import { workflowExample } from '../../engine/infra/server/examples/workflow-example.ts'
import type { Session } from '../session.ts'
import { shellWord } from '../shell-word.ts'
import type { Terminal } from '../terminal.ts'

/** Prints the addresses that answer and, unless the process is only a worker, commands to try. */
export function announce(
  ready: ReadyInfo,
  session: Pick<Session, 'project' | 'config'>,
  { terminal, role }: { terminal: Terminal; role: 'all' | 'worker' },
): void {
  const { project, config } = session
  terminal.emit({ event: 'ready', ...ready })
  const rows = [
    ...(role === 'all'
      ? [
          ...(config.server.page ? [['Page', `${ready.api}/`]] : []),
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

/** The first workflow for which an input could be made up, and that input. */
function firstToTry({ workflows }: Session['project']) {
  for (const workflow of workflows.values()) {
    const input = workflowExample(workflow)
    if (input !== undefined) return { id: workflow.id, input }
  }
  return undefined
}

/** Reports whether `$(cat FILE)` is the token that the metrics endpoint takes from the file. */
const isPlainLine = (text: string): boolean =>
  text.replace(/\n+$/, '') === text.trim() && !/[\r\n]/.test(text.trim())

/**
 * Returns the option of curl that sends a token: from its file where the shell can read it there,
 * or else from a variable that the reader sets. Empty without a file.
 */
function authorization(
  file: string | null,
  isBare: (text: string) => boolean,
  variable: string,
): string {
  if (file === null) return ''
  const word = isBare(readFileSync(file, 'utf8')) ? `$(cat ${shellWord(file)})` : `$${variable}`
  return `-H "authorization: Bearer ${word}" `
}

const scrapeWith = (tokenFile: string | null, url: string): string =>
  `curl ${authorization(tokenFile, isPlainLine, 'METRICS_TOKEN')}${url}`

/**
 * Commands to try. The input of the first one is valid by its workflow's schema; without any such
 * input, it shows the workflows, which have their schemas.
 */
function suggestions(
  ready: ReadyInfo,
  { project, config }: Pick<Session, 'project' | 'config'>,
): string[] {
  const example = firstToTry(project)
  const token = authorization(config.server.apiTokenFile, isBareToken, 'TOKEN')
  const workflows = `${ready.api}/api/v0/workflows`
  const first =
    example === undefined
      ? `curl ${token}${workflows}`
      : `curl -X POST ${token}${workflows}/${example.id}/executions -H 'content-type: application/json' -d ${shellWord(JSON.stringify({ input: example.input }))}`
  return [
    first,
    `curl ${token}${ready.api}/api/v0/executions/workflows`,
    ...(ready.metrics === null ? [] : [scrapeWith(config.monitoring.tokenFile, ready.metrics)]),
  ]
}
