import { resolve } from 'node:path'
import { defined } from '../../engine/core/defined.ts'
import { createApiClient, type ApiClient } from '../api/api-client.ts'
import { findServer } from '../api/server-access.ts'
import type { CommandContext } from '../command.ts'
import { readToken } from '../run-options.ts'
import { pathOfRun, runsPath, withRun } from '../runs/find-run.ts'
import type { Candidate } from './candidates.ts'

/** What a name in a command line names. */
export type NameSource = 'workflows' | 'runs' | 'events' | 'schedules' | 'signals'

/** What completion knows of the command line. */
interface CommandSoFar extends Pick<CommandContext, 'env' | 'cwd'> {
  readonly values: Readonly<Record<string, string>>
  /** Positional arguments before the word that is being written. */
  readonly positionals: readonly string[]
  /** The word that is being written. */
  readonly current: string
}

/** How long the server may take to answer; nobody waits longer for a Tab, ms. */
const patienceMs = 1_500
/** Most names that are offered. */
const offered = 100

type Item = Readonly<Record<string, unknown>>

async function itemsOf(api: ApiClient, path: string): Promise<readonly Item[]> {
  const page = await api.call('GET', path, 'items')
  return (page as { readonly items: readonly Item[] }).items
}

const candidate = (value: unknown, about: unknown): Candidate =>
  defined({
    value: String(value),
    about: typeof about === 'string' && about !== '' ? about : undefined,
  })

/** Names of the signals that tasks wait for; a name that is a template is left out. */
function awaitedBy(tasks: unknown): readonly string[] {
  if (!Array.isArray(tasks)) return []
  return tasks.flatMap(({ awaits, subject, tasks: children }: Item) => [
    ...(awaits === true && typeof subject === 'string' && !subject.includes('{{') ? [subject] : []),
    ...awaitedBy(children),
  ])
}

/** Signals that the workflow of a run waits for. */
async function signalsOf(api: ApiClient, execId: string): Promise<readonly Candidate[]> {
  const run = (await withRun(api, execId, (id) =>
    api.call('GET', pathOfRun(id), 'exec_id'),
  )) as Item
  const path = `/api/v0/workflows/${encodeURIComponent(String(run['workflow_id']))}`
  const workflow = (await api.call('GET', path, 'id')) as Item
  return [...new Set(awaitedBy(workflow['tasks']))].map((name) => candidate(name, undefined))
}

/** Asks a running engine. */
async function fromServer(
  api: ApiClient,
  source: NameSource,
  { current, positionals }: Pick<CommandSoFar, 'current' | 'positionals'>,
): Promise<readonly Candidate[]> {
  if (source === 'signals') return signalsOf(api, positionals.at(-1) ?? '')
  const query = new URLSearchParams({ limit: String(offered) })
  if (source === 'runs') {
    if (current !== '') query.set('exec_id_prefix', current)
    const runs = await itemsOf(api, `${runsPath}?${query.toString()}`)
    return runs.map(({ exec_id, status }) => candidate(exec_id, status))
  }
  if (source === 'schedules') {
    const schedules = await itemsOf(api, `/api/v0/schedules?${query.toString()}`)
    return schedules.map(({ workflow_id, cron }) => candidate(workflow_id, cron))
  }
  const workflows = await itemsOf(api, `/api/v0/workflows?${query.toString()}`)
  if (source === 'workflows')
    return workflows.map((each) => candidate(each['id'], each['description']))
  return workflows.flatMap(({ triggers }) =>
    (Array.isArray(triggers) ? triggers : []).map((trigger: Item) =>
      candidate(trigger['name'], undefined),
    ),
  )
}

/** Reads the files of the project, where no engine is known. */
async function fromProject(
  dir: string,
  source: NameSource,
  { env, cwd }: CommandSoFar,
): Promise<readonly Candidate[]> {
  if (source === 'runs' || source === 'signals') return []
  const { loadProject } = await import('../../engine/project/load.ts')
  const loaded = await loadProject(dir, { env, cwd })
  if (!('project' in loaded)) return []
  const workflows = [...loaded.project.workflows.values()]
  if (source === 'events')
    return workflows.flatMap(({ triggers }) => triggers.map(({ name }) => ({ value: name })))
  return workflows
    .filter(({ schedule }) => source === 'workflows' || schedule !== undefined)
    .map(({ id, description }) => candidate(id, description))
}

/** Returns names of workflows, runs, events or schedules: from the engine, else from the files. */
export async function knownNames(
  source: NameSource,
  given: CommandSoFar,
): Promise<readonly Candidate[]> {
  const { env, cwd, values } = given
  const flags = { values, switches: new Set<string>(), positionals: [] }
  const dir = resolve(cwd, values['cwd'] ?? '.')
  const server = findServer({ flags, env, cwd })
  if (server === undefined) return fromProject(dir, source, given)
  const signal = AbortSignal.timeout(patienceMs)
  const api = createApiClient(server, { ...readToken({ flags, env, cwd }), signal })
  return fromServer(api, source, given)
}
