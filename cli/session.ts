import { resolve } from 'node:path'
import { defined } from '../engine/core/defined.ts'
import { readConfig, type Config } from '../engine/config/config.ts'
import { CompozyError } from '../engine/core/errors.ts'
import type { Logger } from '../engine/core/logger.ts'
import type { Diagnostic } from '../engine/core/source.ts'
import { formatDiagnostics } from '../engine/project/format.ts'
import {
  loadProject,
  type LoadOptions,
  type LoadResult,
  type NamedModules,
} from '../engine/project/load.ts'
import type { Objectives, Project } from '../engine/project/project.ts'
import { checkTools } from '../engine/tool/deno/check-tools.ts'
import { type ModuleReading, readModules } from '../engine/tool/deno/read-modules.ts'
import type { CommandContext, Invocation } from './command.ts'

/** A project with its configuration, ready to run. */
export interface Session {
  readonly project: Project
  readonly config: Config
  readonly warnings: readonly Diagnostic[]
  readonly logger: Logger
}

/** Every problem of a project and its configuration; both values too if there is no error. */
export interface ProjectCheck {
  /** One line per refused flag or variable. */
  readonly lines: readonly string[]
  /** Errors and warnings in files. */
  readonly diagnostics: readonly Diagnostic[]
  readonly sound?: { readonly project: Project; readonly config: Config }
}

/** Loads the project and configuration that a command line names. */
export async function checkProject({ flags, env, cwd }: Invocation): Promise<ProjectCheck> {
  const folders = { project: resolve(cwd, flags.values['cwd'] ?? '.'), working: cwd }
  const { loaded, wrongTools } = await loadWithTools(folders.project, { env, cwd })
  const project = 'project' in loaded ? loaded.project : undefined
  const { source } = loaded
  const { config, refusals } = readConfig(defined({ flags: flags.values, env, source, folders }))
  const { lines } = refusals
  const found = 'project' in loaded ? loaded.project.warnings : loaded.diagnostics
  const isConfigured = lines.length + refusals.diagnostics.length === 0
  const unjudged = isConfigured ? await checkObjectives(loaded, config) : []
  const refused = lines.length + refusals.diagnostics.length + wrongTools.length
  const sound = project !== undefined && refused === 0
  return defined({
    lines,
    diagnostics: [...found, ...refusals.diagnostics, ...wrongTools, ...unjudged],
    sound: sound ? { project, config } : undefined,
  })
}

/** Loads a project, and lets Deno read the modules of its tools meanwhile. */
async function loadWithTools(
  dir: string,
  { env, cwd }: { readonly env: LoadOptions['env']; readonly cwd: string },
): Promise<{ loaded: LoadResult; wrongTools: readonly Diagnostic[] }> {
  const stop = new AbortController()
  let reading: Promise<ModuleReading | undefined> = Promise.resolve(undefined)
  const onModules = (modules: NamedModules): void => {
    reading = readModules({ ...modules, signal: stop.signal })
    // Nobody awaits it where the project is unsound: it is stopped, and rejects.
    reading.catch(() => undefined)
  }
  try {
    const loaded = await loadProject(dir, { env, cwd, onModules })
    if (!('project' in loaded)) return { loaded, wrongTools: [] }
    const found = await reading
    const wrongTools = found === undefined ? [] : checkTools(namedTools(loaded), found, cwd)
    return { loaded, wrongTools }
  } finally {
    stop.abort()
  }
}

/** The tools of a project, each with the place that names its module. */
function namedTools({ project, moduleNames }: Extract<LoadResult, { project: Project }>) {
  return Array.from(project.tools.values(), (tool) => ({
    ...tool,
    named: moduleNames.get(tool.key)!,
  }))
}

/** Warns of objectives that no bucket is large enough for. */
async function checkObjectives(
  loaded: LoadResult,
  { monitoring }: Config,
): Promise<readonly Diagnostic[]> {
  if (!('project' in loaded) || monitoring.histograms === 'native') return []
  const { project, durationObjectives } = loaded
  if (durationObjectives.size === 0) return []
  const { objectiveWarnings } = await import('../engine/infra/monitoring/public/index.ts')
  const { buckets } = monitoring
  const warnings = objectiveWarnings({ buckets, objectives: objectivesOf(project) })
  return warnings.map(({ workflow, message, hint }) => ({
    severity: 'warning',
    ...durationObjectives.get(workflow)!,
    message,
    hint,
  }))
}

/** Returns the objectives of a project's workflows, each with the id of its workflow. */
export function objectivesOf({
  workflows,
}: Project): readonly (Objectives & { readonly workflow: string })[] {
  return Array.from(workflows.values(), ({ definition, objectives }) => ({
    workflow: definition.id,
    ...objectives,
  }))
}

/** Formats {@link ProjectCheck} as text for people. */
export function formatChecked({ lines, diagnostics }: ProjectCheck): string {
  return [...lines, ...(diagnostics.length > 0 ? [formatDiagnostics(diagnostics)] : [])].join('\n')
}

/** Loads project and configuration. Throws every error at once; warnings go to standard error. */
export async function openSession(
  context: CommandContext,
  { hiddenMessages }: { hiddenMessages?: ReadonlySet<string> } = {},
): Promise<Session> {
  const { env, terminal } = context
  const checked = await checkProject(context)
  if (checked.sound === undefined) {
    const code = checked.diagnostics.some(({ severity }) => severity === 'error')
      ? 'project'
      : 'config'
    throw new CompozyError(`${code}_invalid`, formatChecked(checked))
  }
  const { project, config } = checked.sound
  // A check alone logs nothing, so that it need not load the logger.
  const { createLogger, withoutMessages } = await import('./logger.ts')
  const logger = createLogger(config.log.level, {
    pretty: terminal.interactive,
    color: terminal.interactive && !env['NO_COLOR'],
  })
  if (checked.diagnostics.length > 0 && !terminal.json) terminal.note(formatChecked(checked))
  return {
    project,
    config,
    warnings: checked.diagnostics,
    logger: hiddenMessages === undefined ? logger : withoutMessages(logger, hiddenMessages),
  }
}
