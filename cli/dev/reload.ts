import { extname, relative } from 'node:path'
import { watch } from 'chokidar'
import { CompozyError } from '../../engine/core/errors.ts'
import { listNames } from '../../engine/core/nearest.ts'
import { diagnosticJson } from '../../engine/project/format.ts'
import type { CommandContext } from '../command.ts'
import type { DevEngine } from './dev-engine.ts'
import { formatChecked, type Session } from '../session.ts'
import type { ProjectChecker } from './project-checker.ts'
import { namesInLine } from '../table.ts'

/** Extensions of a project's files: YAML and tool code. */
const extensions: ReadonlySet<string> = new Set([
  '.yaml',
  '.yml',
  '.ts',
  '.mts',
  '.tsx',
  '.js',
  '.mjs',
  '.jsx',
])
const unwatched = /(?:^|[\\/])(?:node_modules|\.compozy|\.git)(?:[\\/]|$)/

/** Quiet time in ms before a reload: editors and git write several files in a row. */
const settleMs = 100

/** A watch on a project's files. */
export interface ProjectWatch {
  /** Resolves once every later change is seen. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/**
 * Calls `onChange` with the last file after files of a project changed. Calls never overlap.
 *
 * @param since when the files were read, in ms since 1970: what was written later has changed
 */
export function watchProject(
  dir: string,
  since: number,
  onChange: (changed: string) => Promise<void>,
): ProjectWatch {
  const matters = (path: string): boolean => extensions.has(extname(path)) || path.endsWith('.env')
  const watcher = watch(dir, {
    ignored: (path) => unwatched.test(relative(dir, path)),
    alwaysStat: true,
  })
  let isReady = false
  watcher.once('ready', () => {
    isReady = true
  })
  let timer: NodeJS.Timeout | undefined
  let work = Promise.resolve()
  watcher.on('all', (_event, path, stats) => {
    // Until it is ready, it finds the files that are there.
    const isKnown = !isReady && (stats?.mtimeMs ?? 0) <= since
    if (isKnown || !matters(path)) return
    clearTimeout(timer)
    timer = setTimeout(() => void (work = work.then(() => onChange(path))), settleMs)
  })
  return {
    ready: new Promise((resolve) => watcher.once('ready', () => resolve())),
    async close() {
      clearTimeout(timer)
      await watcher.close()
      await work
    },
  }
}

/**
 * Returns a function that reloads the project. If it has errors, prints them and keeps the engine
 * as it is. `checker` reads and compiles the files; this thread only takes what it made.
 */
export function createReloader(
  context: CommandContext,
  { project: { name, metrics }, config, logger }: Session,
  engine: Pick<DevEngine, 'reload'>,
  checker: Pick<ProjectChecker, 'check'>,
): (changed?: string) => Promise<void> {
  const { terminal, signal, cwd } = context
  const running = new Set(metrics.map((metric) => JSON.stringify(metric)))

  async function reload(changed: string | undefined): Promise<void> {
    const shown = changed === undefined ? undefined : relative(cwd, changed)
    const checked = await checker.check(context, shown)
    if (signal.aborted) return
    const { lines, diagnostics, sound } = checked
    if (!terminal.json && lines.length + diagnostics.length > 0)
      terminal.note(`\n${formatChecked(checked)}`)
    if (sound === undefined) {
      for (const diagnostic of diagnostics)
        terminal.emit({ event: 'diagnostic', ...diagnosticJson(diagnostic) })
      terminal.emit({ event: 'reloaded', ok: false })
      terminal.note('not reloaded: the last good version keeps running')
      return
    }
    await engine.reload(sound.project, { signal })
    const ids = [...sound.project.workflows.keys()]
    terminal.emit({ event: 'reloaded', ok: true, workflows: ids })
    terminal.print(`reloaded: ${listNames(ids, namesInLine)}`)
    if (sound.project.name !== name || JSON.stringify(sound.config) !== JSON.stringify(config))
      terminal.note('a new project name and new settings take effect at the next start')
    const waiting = sound.project.metrics.filter((metric) => !running.has(JSON.stringify(metric)))
    if (waiting.length > 0)
      terminal.note(
        `new and changed metrics take effect at the next start: ${listNames(
          waiting.map((metric) => metric.name),
          namesInLine,
        )}`,
      )
  }

  return (changed) =>
    reload(changed).catch((error: unknown) => {
      if (signal.aborted) return
      // The engine keeps running in both cases.
      if (error instanceof CompozyError) terminal.note(`not reloaded: ${error.message}`)
      else logger.error({ err: error }, 'the changed project could not be loaded')
      terminal.emit({ event: 'reloaded', ok: false })
    })
}
