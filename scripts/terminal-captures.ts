/**
 * `npm run captures`: runs every command in tmux at 80x24, 200x50 and 60x20 and piped, and presses
 * Tab in each shell, against a running example. Keeps what the terminals showed in
 * coverage/terminal for somebody to look at. Fails where a table or a help text is wider than the
 * terminal, a pipe gets escape codes, a command does not end, or a shell does not complete a line.
 * `npx tsx scripts/terminal-captures.ts REGEX` runs only some.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { call, closed, startRun, taskReaches } from '../test/support/api.ts'
import { copyProject, startCompozy } from '../test/support/compozy.ts'
import { captureCompletion } from './completion-captures.ts'

const root = resolve(import.meta.dirname, '..')
const bin = join(root, 'dist/cli/bin.js')
const kept = join(root, 'coverage/terminal')
const socket = `compozy-captures-${process.pid}`
const sizes = [
  [80, 24],
  [200, 50],
  [60, 20],
] as const
/** Narrower than this, a long id or name may take more than one row. */
const narrowest = 80
/** How long one command may take, ms. */
const patienceMs = 30_000

/** One command line. */
interface Case {
  readonly name: string
  readonly args: string
  /** For a command that stays: what it shows once it is ready. Then Ctrl-C or `q` ends it. */
  readonly until?: RegExp
  readonly key?: string
  /** Lines may be wider: JSON, scripts, commands and errors, which somebody copies whole. */
  readonly isWide?: boolean
  /** A command that stays is not piped. */
  readonly isTerminalOnly?: boolean
}

const commands =
  'init dev run validate start worker workflows runs events schedules top metrics schema completion'

const helps = (): Case[] => [
  { name: 'help', args: '--help' },
  ...commands
    .split(' ')
    .map((name) => ({ name: `${name}-help`, args: `${name} --help`, isWide: true })),
]

/** Runs that the commands are about. */
interface Runs {
  readonly failed: string
  readonly repeated: string
  readonly waiting: string
  readonly wide: string
}

function casesOf(dir: string, { failed, repeated, waiting, wide }: Runs, server: string): Case[] {
  const at = `--server ${server}`
  const ports = '--port 0 --temporal-port 0'
  const words: [string, string, Partial<Case>?][] = [
    ['version', '--version'],
    ['unknown', 'rnu'],
    ['no-command', ''],
    ['init', `init ${dir}/new`, { isWide: true, until: /Name of the project/, key: 'Enter' }],
    ['init-refused', `init ${dir}`, { isWide: true }],
    [
      'dev',
      `dev --cwd ${dir}/new ${ports}`,
      { until: /Ctrl-C|ready|curl/i, isWide: true, isTerminalOnly: true },
    ],
    ['dev-refused', `dev --cwd ${dir}/nowhere`, { isWide: true }],
    ['run', `run order --input '{"items":[{"sku":"apple"}]}' ${at}`, { isWide: true }],
    [
      'run-failed',
      `run order --input '{"items":[{"sku":"apple"}],"card":"declined"}' ${at}`,
      { isWide: true },
    ],
    ['run-refused', `run order --input '{"items":1}' ${at}`],
    ['validate', `validate --cwd ${dir}`, { isWide: true }],
    ['validate-refused', `validate --cwd ${dir}/wrong`, { isWide: true }],
    [
      'start-refused',
      `start --cwd ${dir} --port none --temporal-address 127.0.0.1:1`,
      { isWide: true },
    ],
    ['worker-refused', `worker --cwd ${dir}/nowhere`, { isWide: true }],
    ['workflows', `workflows --cwd ${dir}`],
    ['workflows-refused', `workflows --cwd ${dir}/nowhere`, { isWide: true }],
    ['runs', `runs ${at}`],
    ['runs-list-failed', `runs list --status failed ${at}`],
    ['runs-list-none', `runs list --workflow order --error nothing-has-this ${at}`],
    ['runs-list-refused', `runs list --status faild ${at}`, { isWide: true }],
    ['runs-show', `runs show ${failed} ${at}`, { isWide: true }],
    ['runs-show-open', `runs show ${waiting} ${at}`, { isWide: true }],
    ['runs-show-repeated', `runs show ${repeated} ${at}`, { isWide: true }],
    ['runs-show-wide', `runs show ${wide} ${at}`, { isWide: true }],
    ['runs-show-unknown', `runs show nothing ${at}`, { isWide: true }],
    [
      'runs-watch',
      `runs watch ${waiting} ${at}`,
      { until: /approval/, isWide: true, isTerminalOnly: true },
    ],
    ['runs-watch-closed', `runs watch ${failed} ${at}`, { isWide: true }],
    ['runs-logs', `runs logs ${failed} ${at}`, { isWide: true }],
    ['runs-logs-refused', `runs logs ${failed} --tail x ${at}`],
    ['runs-signal', `runs signal ${waiting} aprove --input '{}' ${at}`, { isWide: true }],
    ['runs-signal-refused', `runs signal ${failed} approve ${at}`, { isWide: true }],
    ['runs-rerun', `runs rerun ${failed} --from-failed ${at}`],
    ['runs-rerun-dry', `runs rerun --error declined --dry-run ${at}`],
    ['runs-rerun-many', `runs rerun --status failed --workflow order --limit 2 ${at}`],
    ['runs-rerun-refused', `runs rerun ${waiting} ${at}`, { isWide: true }],
    ['runs-cancel-refused', `runs cancel ${failed} ${at}`, { isWide: true }],
    ['runs-terminate-refused', `runs terminate ${failed} ${at}`, { isWide: true }],
    ['events-publish', `events publish article.sold --input '{"article":"pear","pieces":2}' ${at}`],
    [
      'events-publish-refused',
      `events publish article.sold --input '{"pieces":2}' ${at}`,
      { isWide: true },
    ],
    ['events-unknown', `events publish nothing ${at}`],
    ['schedules', `schedules ${at}`],
    ['schedules-show', `schedules show nightly ${at}`],
    ['schedules-trigger', `schedules trigger nightly ${at}`],
    ['schedules-pause', `schedules pause nightly ${at}`],
    ['schedules-resume', `schedules resume nightly ${at}`],
    ['schedules-unknown', `schedules pause order ${at}`],
    ['top', `top ${server}/metrics`, { until: /WORKFLOW/, key: 'q' }],
    ['top-refused', 'top http://127.0.0.1:1/metrics', { isWide: true }],
    ['metrics-check', `metrics check ${server}/metrics`],
    ['metrics-check-refused', `metrics check ${dir}/compozy.yaml`, { isWide: true }],
    ['metrics-list', 'metrics list'],
    ['metrics-rules', `metrics rules --cwd ${dir}`, { isWide: true }],
    ['metrics-dashboard-refused', 'metrics dashboard none'],
    ['schema', 'schema workflow', { isWide: true }],
    ['schema-refused', 'schema none'],
    ['completion', 'completion bash', { isWide: true }],
    ['completion-refused', 'completion tcsh'],
    ['no-server', 'runs list --server http://127.0.0.1:1', { isWide: true }],
  ]
  return words.map(([name, args, rest = {}]) => ({ name, args, ...rest }))
}

const tmux = (...args: readonly string[]): string =>
  execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' })

/** Runs a command in a terminal of its own and returns its rows, and its joined lines. */
async function inTmux(
  { name, args, until, key = 'C-c' }: Case,
  [columns, rows]: readonly [number, number],
) {
  const session = `${name}-${columns}`.replaceAll('.', '-')
  const line = `${process.execPath} ${bin} ${args}; echo "[exit $?]"; exec sleep 1000`
  const size = ['-x', String(columns), '-y', String(rows)]
  tmux('new-session', '-d', '-s', session, ...size, '-c', root, line)
  const capture = (...how: readonly string[]) =>
    tmux('capture-pane', '-p', '-S', '-', '-t', `${session}:`, ...how)
  const wait = async (wanted: RegExp): Promise<boolean> => {
    const deadline = Date.now() + patienceMs
    while (!wanted.test(capture())) {
      if (Date.now() > deadline) return false
      await sleep(100)
    }
    return true
  }
  let live = ''
  let ends = true
  if (until !== undefined) {
    ends = await wait(until)
    await sleep(500)
    live = `${capture().trimEnd()}\n--- ${key} ---\n`
    tmux('send-keys', '-t', `${session}:`, key)
  }
  ends = (await wait(/\[exit \d+\]/)) && ends
  const shown = `${live}${capture().trimEnd()}\n`
  const wraps = capture('-J')
    .split('\n')
    .filter((each) => each.trimEnd().length > columns)
  tmux('kill-session', '-t', session)
  return { shown, wraps, ends }
}

function piped({ args }: Case) {
  const command = `${process.execPath} ${bin} ${args} | cat`
  const { stdout, stderr, error } = spawnSync(
    'bash',
    ['-c', `set -o pipefail; ${command}; echo "[exit $?]"`],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: patienceMs,
    },
  )
  const shown = `${stdout}${stderr === '' ? '' : `--- stderr ---\n${stderr}`}`
  return { shown, ends: error === undefined, hasCodes: shown.includes('\u001B') }
}

const project = copyProject('examples/quickstart')
const work = mkdtempSync(join(tmpdir(), 'compozy-captures-'))
const findings: string[] = []
cpSync(join(root, 'examples/events/restock.flow.yaml'), join(project.dir, 'workflows/restock.yaml'))
cpSync(join(root, 'examples/scheduled/nightly.yaml'), join(project.dir, 'workflows/nightly.yaml'))
// A name that no narrow terminal has room for, and characters of two columns.
writeFileSync(
  join(project.dir, 'workflows/long.yaml'),
  `id: reconcile-every-invoice-of-the-whole-company-with-its-bank
description: 請求書を銀行の明細と照合する 🧾 and tells what is missing
tasks: [{ id: match, type: aggregate, outputs: { text: '完了 ✅' } }]
`,
)
const engine = await startCompozy([
  'dev',
  '--cwd',
  project.dir,
  '--port',
  '0',
  '--temporal-port',
  '0',
])
try {
  const only = process.argv[2]
  if (only === undefined) rmSync(kept, { recursive: true, force: true })
  const { api } = engine.ready
  const apple = { items: [{ sku: 'apple' }] }
  await closed(api, await startRun(api, 'order', apple))
  const failed = await startRun(api, 'order', { ...apple, card: 'declined' })
  await closed(api, failed)
  const again = await call(api, 'POST', `/api/v0/executions/workflows/${failed}/rerun`, {
    from: 'failed_task',
  })
  const repeated = again.body['exec_id'] as string
  await closed(api, repeated)
  const wide = await startRun(api, 'reconcile-every-invoice-of-the-whole-company-with-its-bank', {})
  await closed(api, wide)
  const waiting = await startRun(api, 'order', { items: [{ sku: 'piano' }] })
  await taskReaches(api, waiting, 'approval', 'running')
  const shared = join(work, 'shop')
  cpSync(project.dir, shared, { recursive: true, filter: (file) => !file.includes('.compozy') })
  cpSync(shared, join(work, 'wrong'), { recursive: true })
  cpSync(join(work, 'wrong'), join(shared, 'wrong'), { recursive: true })
  writeFileSync(
    join(shared, 'wrong/workflows/wrong.yaml'),
    'id: wrong\ntasks:\n  - { id: a, tol: price }\n',
  )

  // Without a session, tmux ends its server, and the next session may meet it as it ends.
  tmux('new-session', '-d', '-s', 'keeper', 'exec sleep 100000')
  const cases = [...helps(), ...casesOf(shared, { failed, repeated, waiting, wide }, api)]
  for (const each of cases.filter(({ name }) => new RegExp(only ?? '').test(name))) {
    for (const size of sizes) {
      rmSync(join(shared, 'new'), { recursive: true, force: true })
      if (each.name === 'dev') spawnSync(process.execPath, [bin, 'init', join(shared, 'new')])
      const { shown, wraps, ends } = await inTmux(each, size)
      const folder = join(kept, size.join('x'))
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, `${each.name}.txt`), shown)
      if (!ends) findings.push(`${each.name} at ${size[0]}: does not end`)
      if (wraps.length > 0 && each.isWide !== true && size[0] >= narrowest)
        findings.push(`${each.name} at ${size[0]}: wraps ${JSON.stringify(wraps[0])}`)
    }
    if (each.isTerminalOnly === true) continue
    rmSync(join(shared, 'new'), { recursive: true, force: true })
    const { shown, ends, hasCodes } = piped(each)
    mkdirSync(join(kept, 'piped'), { recursive: true })
    writeFileSync(join(kept, 'piped', `${each.name}.txt`), shown)
    if (!ends) findings.push(`${each.name} piped: does not end`)
    if (hasCodes) findings.push(`${each.name} piped: has escape codes`)
  }
  if (only === undefined || 'completion'.includes(only)) {
    writeFileSync(join(work, 'compozy'), `#!/bin/sh\nexec ${process.execPath} ${bin} "$@"\n`, {
      mode: 0o755,
    })
    const path = `PATH=${work}:${process.env['PATH']}`
    const completion = await captureCompletion(tmux, [path, `COMPOZY_SERVER=${api}`])
    findings.push(...completion.findings)
    mkdirSync(join(kept, 'completion'), { recursive: true })
    for (const [shell, text] of Object.entries(completion.shown))
      writeFileSync(join(kept, 'completion', `${shell}.txt`), text)
  }
  console.log(
    `${cases.length} commands, at ${sizes.map((size) => size.join('x')).join(', ')} and piped: coverage/terminal`,
  )
} finally {
  spawnSync('tmux', ['-L', socket, 'kill-server'])
  await engine.stop()
  project.remove()
  rmSync(work, { recursive: true, force: true })
}
for (const finding of findings) console.log(finding)
if (findings.length > 0) process.exitCode = 1
