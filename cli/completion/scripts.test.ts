import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

describe.each(shells)('the script for %s', (shell) => {
  it.runIf(has(shell))('Should have no syntax error', () => {
    const dir = mkdtempSync(join(tmpdir(), 'compozy-completion-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    writeFileSync(join(dir, 'script'), completionScripts[shell])
    const checked = spawnSync(shell, ['-n', join(dir, 'script')], { encoding: 'utf8' })
    expect([checked.status, checked.stderr]).toEqual([0, ''])
  })
})
