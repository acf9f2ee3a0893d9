import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import { call } from '../support/api.ts'
import { runCompozy } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

const runs = '/api/v0/executions/workflows'
const itemsOf = (body: Record<string, JsonValue>) => body['items'] as readonly JsonObject[]

describe('what a user meets in the first hour', () => {
  const engine = useEngine({ project: 'test/e2e/fixtures/first-hour' })

  it.each([
    ['deep', ['cannot save', 'because: database is away', 'connection refused (ECONNREFUSED)']],
    ['aggregate', ['no mirror answers', 'first mirror is down', 'second mirror is slow']],
    ['circular', ['outer', 'because: inner']],
  ])('Should tell the causes of a failure in the terminal: %s', async (workflow, texts) => {
    const { exec_id } = await engine.run(workflow)
    const { stdout } = await runCompozy(['runs', 'show', exec_id, '--server', engine.api])
    for (const text of texts) expect(stdout).toContain(text)
    expect(stdout).toContain(`at ${workflow} (tools.ts:`)
    expect(stdout.match(/because: (inner|outer)/g) ?? []).toHaveLength(
      workflow === 'circular' ? 1 : 0,
    )
  })

  it('Should tell the causes of a failure under `compozy run` too', async () => {
    const { code, stderr } = await runCompozy(['run', 'deep', '--server', engine.api])
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('  because: connection refused (ECONNREFUSED)'),
    ])
  })

  it('Should keep the errors of attempts that a retry made good, inside containers too', async () => {
    const { exec_id, status } = await engine.run('flaky')
    expect(status).toBe('completed')
    const tasks = itemsOf(await engine.get(`${runs}/${exec_id}/tasks`))
    const tried = tasks.filter(({ attempt_count: count }) => Number(count) > 1)
    expect(tried.map(({ id }) => id as string).toSorted()).toEqual([
      'both/each/each-0',
      'both/each/each-1',
      'both/one',
    ])
    const { stdout } = await runCompozy(['runs', 'show', exec_id, '--server', engine.api])
    expect(stdout).toContain('both/each/each-1 attempt 1: ToolError:Error: busy b')
    expect(stdout).toContain('because: lock held')
  })

  it('Should keep the last lines that a failing tool printed, one without an end too', async () => {
    const { exec_id } = await engine.run('noisy')
    const texts = itemsOf(await engine.get(`${runs}/${exec_id}/logs?tail=2`))
    expect(texts.map(({ text }) => text)).toEqual(['line 2999', 'no newline'])
  })

  it.each(['picky', 'anyof', 'deep'])(
    'Should give an example input that is accepted: %s',
    async (id) => {
      const document = (await (await fetch(`${engine.api}/openapi.json`)).json()) as Document
      const { requestBody } = document.paths['/api/v0/workflows/{workflow_id}/executions'].post
      const { value } = requestBody.content['application/json'].examples[id]!
      const answer = await engine.post(`/api/v0/workflows/${id}/executions`, value)
      expect(answer).toMatchObject({ status: 202 })
    },
  )

  it.each([
    ['PUT', '/healthz', 'GET, HEAD'],
    ['DELETE', '/metrics', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['GET', `${runs}/x/rerun`, 'POST'],
    ['PUT', '/page/x.js', 'GET, HEAD'],
  ])('Should answer %s %s with 405 and what is allowed', async (method, path, allowed) => {
    const answer = await fetch(`${engine.api}${path}`, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed])
  })

  it('Should answer 404 where a filter names what does not exist', async () => {
    const filter = { workflow_id: 'dep' }
    const detail = 'no workflow "dep"; did you mean "deep"?'
    const dryRun = { filter, dry_run: true }
    expect(await engine.post(`${runs}/rerun`, dryRun)).toMatchObject({
      status: 404,
      body: { detail },
    })
    const list = (query: string) => call(engine.api, 'GET', `${runs}?${query}`)
    expect(await list('workflow_id=dep')).toMatchObject({ status: 404, body: { detail } })
    expect(await list('rerun_of=nothing')).toMatchObject({ status: 404 })
    expect(await list('workflow_id=anyof&status=failed')).toMatchObject({ status: 200 })
  })
})

/** The part of the OpenAPI document that has the examples. */
interface Document {
  readonly paths: {
    readonly '/api/v0/workflows/{workflow_id}/executions': {
      readonly post: { readonly requestBody: Body }
    }
  }
}

interface Body {
  readonly content: {
    readonly 'application/json': {
      readonly examples: Record<string, { readonly value: JsonValue }>
    }
  }
}
