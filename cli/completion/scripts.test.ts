import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { completionScripts, shells } from './scripts.ts'

const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined

/** Completes a line in bash, as it calls the function; `offers` is what the CLI prints. */
function completeInBash(line: string, words: readonly string[], offers: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-completion-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'compozy.sh')
  writeFileSync(file, completionScripts.bash)
  const program = `
    asked() { printf '%s\\n' "$@" > "$DIR/asked"; printf '%s\\n' "$OFFERS"; }
    source "$DIR/compozy.sh"
    COMP_LINE="$LINE" COMP_POINT=\${#LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _compozy asked
    printf '%s\\n' "\${COMPREPLY[@]}"
    cat "$DIR/asked"`
  const env = { ...process.env, DIR: dir, LINE: line, OFFERS: offers.join('\n') }
  const text = execFileSync('bash', ['-c', program, 'bash', ...words], { env, encoding: 'utf8' })
  return text.trimEnd().split('\n')
}

describe.runIf(has('bash'))('completion in bash', () => {
  it('Should send the line and offer the values without their descriptions', () => {
    const words = ['compozy', 'runs', 'show', 'or']
    expect(completeInBash('compozy runs show or', words, ['order-1\tfailed', 'order-2'])).toEqual([
      'order-1',
      'order-2',
      '__complete',
      'line',
      'compozy runs show or',
    ])
  })

  it('Should offer only the rest of a word that bash splits at a colon', () => {
    const words = ['compozy', 'runs', 'show', 'n-08', ':', '0']
    const [offered] = completeInBash('compozy runs show n-08:0', words, ['n-08:00Z'])
    expect(offered).toBe('00Z')
    const [behind] = completeInBash('compozy runs show n-08:', words.slice(0, 5), ['n-08:00Z'])
    expect(behind).toBe('00Z')
  })

  it('Should offer only the value of --flag=value', () => {
    const words = ['compozy', 'runs', '--status', '=', 'fa']
    const [offered] = completeInBash('compozy runs --status=fa', words, ['--status=failed'])
    expect(offered).toBe('failed')
  })
})

/** A folder with a script, and a command `compozy` that offers runs and tells what it was asked. */
function withCompozy(shell: (typeof shells)[number], exitCode = 0) {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-completion-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const script = join(dir, `compozy.${shell}`)
  writeFileSync(script, completionScripts[shell])
  const command = `#!/bin/sh
printf '%s\\n' "$@" > "${dir}/asked"
test ${exitCode} = 0 && printf 'order-1:a\\tfailed\\norder-1:b\\tcompleted\\n'
exit ${exitCode}
`
  writeFileSync(join(dir, 'compozy'), command, { mode: 0o755 })
  const env = { ...process.env, PATH: `${dir}:${process.env['PATH']}`, HOME: dir, TERM: 'dumb' }
  const asked = () => readFileSync(join(dir, 'asked'), 'utf8').trimEnd().split('\n')
  return { script, env, asked }
}

describe.runIf(has('fish'))('completion in fish', () => {
  it('Should offer what the CLI offers for the words of the line, with descriptions', () => {
    const { script, env, asked } = withCompozy('fish')
    const program = `source ${script}; complete -C 'compozy runs show or'`
    const offered = execFileSync('fish', ['-c', program], { env, encoding: 'utf8' })
    expect(offered.trimEnd().split('\n').toSorted()).toEqual([
      'order-1:a\tfailed',
      'order-1:b\tcompleted',
    ])
    expect(asked()).toEqual(['__complete', 'words', 'runs', 'show', 'or'])
  })

  it('Should offer nothing, not even files, where the CLI fails', () => {
    const { script, env } = withCompozy('fish', 1)
    const program = `source ${script}; complete -C 'compozy runs show '`
    expect(execFileSync('fish', ['-c', program], { env, encoding: 'utf8' })).toBe('')
  })
})

describe.runIf(has('zsh'))('completion in zsh', () => {
  it('Should complete a line at Tab, as far as the candidates agree, and list them', () => {
    const { script, env, asked } = withCompozy('zsh')
    // A shell on a terminal of its own: completion works nowhere else.
    const program = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      await() { local text; zpty -r -m shell text "*$1*" && print -r -- "$text"; }
      zpty -w shell "PS1='ready> '; autoload -Uz compinit; compinit -u; source ${script}; print set-up"
      await set-up
      zpty -w -n shell $'compozy runs show or\t'
      await order-1
      zpty -w -n shell $'\t'
      await completed
      zpty -d shell`
    const options = { env, encoding: 'utf8', timeout: 30_000 } as const
    const shown = execFileSync('zsh', ['-f', '-c', program], options)
    expect(shown).toContain('compozy runs show order-1')
    expect(shown).toMatch(/order-1:a\s+-- failed/)
    expect(shown).toMatch(/order-1:b\s+-- completed/)
    expect(asked()).toEqual(['__complete', 'words', 'runs', 'show', expect.stringMatching(/^or/)])
  })
})

describe.each(shells)('the script for %s', (shell) => {
  it.runIf(has(shell))('Should have no syntax error', () => {
    const dir = mkdtempSync(join(tmpdir(), 'compozy-completion-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    writeFileSync(join(dir, 'script'), completionScripts[shell])
    const checked = spawnSync(shell, ['-n', join(dir, 'script')], { encoding: 'utf8' })
    expect([checked.status, checked.stderr]).toEqual([0, ''])
  })
})
