import { describe, expect, it } from 'vitest'
import { commands } from '../commands/index.ts'
import { serveAnswers } from '../testing/api-server.ts'
import { run } from '../testing/run.ts'
import { completionLines } from './candidates.ts'
import { splitLine } from './split-line.ts'

const complete = async (line: string, env: Record<string, string> = {}) => {
  const words = splitLine(line)
  const lines = await completionLines(words, commands, { env, cwd: 'test/contract/project' })
  return lines.map((each) => each.split('\t')[0])
}

const nobody = { COMPOZY_SERVER: 'http://127.0.0.1:1' }

describe('completion', () => {
  it.each<[string, readonly string[]]>([
    ['work', ['worker', 'workflows']],
    ['--', ['--help', '--version']],
    ['help sch', ['schedules', 'schema']],
    ['runs wa', ['watch']],
    ['runs --wo', ['--workflow']],
    ['runs logs x --fo', ['--follow']],
    ['runs terminate x --fo', []],
    ['runs list --status fa', ['failed']],
    ['runs list --status failed,t', ['failed,terminated', 'failed,timed_out']],
    ['runs list --status=fa', ['--status=failed']],
    ['dev --log-level w', ['warn']],
    ['dev --cwd ', [':folders']],
    ['runs show x --token-file ', [':files']],
    ['metrics check ', [':files']],
    ['schedules ', ['list', 'show', 'trigger', 'pause', 'resume']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['schema p', ['project']],
  ])('Should offer the words that the commands know after %j', async (line, expected) => {
    expect(await complete(line)).toEqual(expected)
  })

  it.each([
    'nonsense ',
    'nonsense --',
    'run order surplus ',
    'runs list ',
    'runs signal x ',
    'run --input ',
    'validate z',
  ])('Should offer nothing after %j', async (line) => {
    expect(await complete(line)).toEqual([])
  })

  it('Should never offer a flag that help hides', async () => {
    expect(await complete('metrics --')).not.toContain('--prd')
    expect(await complete('metrics --')).toContain('--core')
  })

  it('Should read workflows, events and schedules from the files where no engine is known', async () => {
    expect(await complete('run ')).toEqual(['courier', 'invoice', 'nightly', 'parcel'])
    expect(await complete('run co')).toEqual(['courier'])
    expect(await complete('schedules pause ')).toEqual(['nightly'])
    expect(await complete('events publish ')).toEqual(['parcel.sent'])
    expect(await complete('runs show ')).toEqual([])
    expect(await complete('run --cwd ../../../docs ')).toEqual([])
  })

  it('Should ask the engine that the command line names, and offer nothing when it is silent', async () => {
    const asked: unknown[] = []
    const items = [
      { exec_id: 'order-1', id: 'order', status: 'failed', description: 'Sells\u001B' },
    ]
    const url = await serveAnswers(({ url: path, headers }) => {
      asked.push(path, headers.authorization)
      return { status: 200, body: { items } }
    })
    const env = { COMPOZY_SERVER: url }
    const words = ['runs', 'show', 'or']
    const surroundings = { env, cwd: '.' }
    expect(await completionLines(words, commands, surroundings)).toEqual(['order-1\tfailed'])
    expect(asked).toEqual(['/api/v0/executions/workflows?limit=100&exec_id_prefix=or', undefined])
    expect(await completionLines(['run', ''], commands, surroundings)).toEqual([
      'order\tSells\uFFFD',
    ])
    expect(await complete(`runs show --server ${url} `, nobody)).toEqual(['order-1'])
    expect(await complete('runs show ', nobody)).toEqual([])
  })

  it('Should offer the signals that the workflow of a run waits for', async () => {
    const nested = { id: 'both', tasks: [{ id: 'b', awaits: true, subject: 'refund' }] }
    const tasks = [
      { id: 'a', awaits: true, subject: 'approve' },
      { id: 'c', awaits: true, subject: 'go-{{ .item }}' },
      { id: 'd', subject: 'sent', tasks: [] },
      nested,
    ]
    const url = await serveAnswers(({ url: path }) => {
      if (path === '/api/v0/executions/workflows/order-1')
        return { status: 200, body: { exec_id: 'order-1', workflow_id: 'order' } }
      if (path === '/api/v0/workflows/order') return { status: 200, body: { id: 'order', tasks } }
      return { status: 404, body: { code: 'not_found', detail: 'no' } }
    })
    const env = { COMPOZY_SERVER: url }
    expect(await complete('runs signal order-1 ', env)).toEqual(['approve', 'refund'])
    expect(await complete('runs signal order-1 a', env)).toEqual(['approve'])
    expect(await complete('runs signal unknown ', env)).toEqual([])
    expect(await complete('runs show order-1 ', env)).toEqual([])
  })

  it('Should split a line as a shell does', () => {
    expect(splitLine(`run order --input '{"a": 1}' --cwd my\\ shop "half`)).toEqual([
      'run',
      'order',
      '--input',
      '{"a": 1}',
      '--cwd',
      'my shop',
      'half',
    ])
    expect(splitLine('run ')).toEqual(['run', ''])
    expect(splitLine('')).toEqual([''])
  })
})

describe('compozy completion', () => {
  it.each(['bash', 'zsh', 'fish'])('Should print the script for %s', async (shell) => {
    const { code, stdout } = await run(['completion', shell])
    expect([code, stdout]).toEqual([0, expect.stringContaining('__complete')])
  })

  it.each([
    [['completion'], 'the shell is missing; use: compozy completion bash|zsh|fish'],
    [['completion', 'tcsh'], 'there is no shell "tcsh"'],
  ])('Should refuse %j', async (words, message) => {
    expect(await run(words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})
