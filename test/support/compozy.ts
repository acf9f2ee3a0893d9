import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const root = resolve(import.meta.dirname, '../..')
const bin = join(root, 'dist/cli/bin.js')

/** What a command printed and how it ended. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The line that says that everything answers. */
export interface ReadyEvent {
  readonly event: 'ready'
  readonly api: string
  readonly metrics: string | null
  readonly temporal: string
  readonly namespace: string
  readonly task_queue: string
  readonly ui: string | null
}

/** A running `compozy dev`, `start` or `worker`. */
export interface Running {
  readonly ready: ReadyEvent
  readonly process: ChildProcess
  /** Everything that standard error held so far. */
  stderr(): string
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
}

/**
 * Environment of a child: this one's, without what would change the engine's configuration, plus
 * `extra`.
 */
function childEnv(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(
    ([name]) => !/^(COMPOZY_|MONITORING_|TEMPORAL_(?!CLI_PATH))/.test(name),
  )
  return { ...Object.fromEntries(ours), NO_COLOR: '1', ...extra }
}

/** Runs a command to its end. */
export function runCompozy(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd ?? root,
    env: childEnv(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => done({ code, stdout, stderr }))
  })
}

/** Options of {@link startCompozy}. */
interface StartOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
  readonly bin?: string
  /** A command that runs another one, which is added to it. */
  readonly within?: readonly string[]
}

/**
 * Starts a long-running command and waits for its ready line. Throws with what it printed if it
 * ends before.
 */
export async function startCompozy(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const command = [process.execPath, options.bin ?? bin, ...args, '--json']
  const [program, ...rest] = [...(options.within ?? []), ...command]
  const child = spawn(program!, rest, {
    cwd: options.cwd ?? root,
    env: childEnv(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const closed = new Promise<number | null>((done) => child.once('close', done))
  const ready = await new Promise<ReadyEvent>((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as ReadyEvent
      if (event.event === 'ready') done(event)
    })
    void closed.then((code) =>
      fail(
        new Error(`compozy ${args.join(' ')} ended with ${code} before it was ready:\n${stderr}`),
      ),
    )
  })
  return {
    ready,
    process: child,
    stderr: () => stderr,
    stop() {
      child.kill('SIGTERM')
      return closed
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/**
 * A copy of the build whose workflow code has a defect: runs of the type `defect` never give the
 * thread back. Returns its CLI, and the way to remove it.
 */
export function copyDefectiveBuild(): { readonly bin: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-build-'))
  cpSync(join(root, 'dist'), join(dir, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(dir, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  const bundle = join(dir, 'dist/engine/worker/workflow-bundle.js')
  const code = readFileSync(bundle, 'utf8')
  const opening = /async function run\(start\) \{\n\s+const info = .+;\n/
  if (!opening.test(code)) throw new Error('the bundle has no function run(start)')
  writeFileSync(
    bundle,
    code.replace(opening, (found) => `${found}if (info.workflowType === 'defect') for (;;);\n`),
  )
  const remove = (): void => rmSync(dir, { recursive: true, force: true })
  return { bin: join(dir, 'dist/cli/bin.js'), remove }
}

/** A copy of a project in a temporary folder, and the way to remove it. */
export function copyProject(name: string): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-'))
  cpSync(join(root, name), dir, { recursive: true, filter: (file) => !file.includes('.compozy') })
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** Asks until the answer satisfies, or throws after `timeoutMs` with the last one. */
export async function eventually<T>(
  ask: () => Promise<T>,
  accept: (answer: T) => boolean,
  { timeoutMs = 20_000, everyMs = 50 } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (accept(answer)) return answer
    if (performance.now() > deadline)
      throw new Error(`gave up waiting; the last answer: ${JSON.stringify(answer).slice(0, 2_000)}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
