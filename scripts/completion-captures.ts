import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { shells } from '../cli/completion/scripts.ts'

/** How each shell starts without the user's files, and loads completion. */
const starts: Readonly<Record<(typeof shells)[number], { command: string; load: string }>> = {
  bash: { command: 'bash --norc', load: 'source <(compozy completion bash)' },
  zsh: {
    command: 'zsh -f',
    load: 'autoload -Uz compinit; compinit -u; source <(compozy completion zsh)',
  },
  fish: { command: 'fish --no-config', load: 'compozy completion fish | source' },
}

/** Lines that somebody begins, and what Tab must show. */
const lines: readonly (readonly [line: string, wanted: RegExp])[] = [
  ['compozy ru', /compozy runs?\b/],
  ['compozy runs sh', /compozy runs show/],
  ['compozy runs show or', /order-[0-9a-f]{8}/],
  ['compozy runs list --status fa', /--status failed/],
  ['compozy schedules trigger n', /trigger nightly/],
]

/** Longest wait for a candidate: the CLI starts and asks the engine. */
const patienceMs = 15_000

/** Runs tmux and returns what it prints. */
export type Tmux = (...args: readonly string[]) => string

/**
 * Types lines in each shell, presses Tab, and returns what the terminals showed. `compozy` must be
 * on the PATH. A finding names a line that did not complete.
 */
export async function captureCompletion(tmux: Tmux, environment: readonly string[]) {
  const findings: string[] = []
  const shown: Record<string, string> = {}
  for (const shell of shells) {
    if (spawnSync(shell, ['--version']).error !== undefined) {
      findings.push(`${shell} is not installed, so its completion was not tried`)
      continue
    }
    const { command, load } = starts[shell]
    const session = `completion-${shell}`
    // tmux itself would keep its own PATH.
    const variables = environment.map((each) => `'${each}'`).join(' ')
    const program = `exec env ${variables} ${command}`
    tmux('new-session', '-d', '-s', session, '-x', '80', '-y', '24', program)
    const target = ['-t', `${session}:`]
    const type = (text: string) => tmux('send-keys', ...target, '-l', text)
    const press = (key: string) => tmux('send-keys', ...target, key)
    type(`${load}; clear`)
    press('Enter')
    await sleep(3_000)
    const screens: string[] = []
    for (const [line, wanted] of lines) {
      type(line)
      press('Tab')
      const deadline = Date.now() + patienceMs
      let screen = ''
      do {
        await sleep(500)
        screen = tmux('capture-pane', '-p', ...target)
        if (!wanted.test(screen)) press('Tab')
      } while (!wanted.test(screen) && Date.now() < deadline)
      if (!wanted.test(screen)) findings.push(`${shell} does not complete "${line}"`)
      screens.push(`--- ${line}<Tab> ---\n${screen.trimEnd()}\n`)
      press('C-c')
      type('clear')
      press('Enter')
      await sleep(300)
    }
    shown[shell] = screens.join('')
    tmux('kill-session', '-t', session)
  }
  return { shown, findings }
}
