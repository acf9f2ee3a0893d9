import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import openapiTypescript from 'openapi-typescript'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTestServer } from './testing/server.ts'

const root = resolve(import.meta.dirname, '../../..')
const documentOf = async (): Promise<Record<string, unknown>> =>
  (await (await createTestServer({ api: { token: 'secret' } })).app.inject('/openapi.json')).json()

/** Compiles a client on the types that are made of the document; gives what the compiler says. */
async function compile(client: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'api.ts'), await openapiTypescript((await documentOf()) as never))
  writeFileSync(join(folder, 'client.ts'), client)
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--target',
    'es2022',
    '--module',
    'nodenext',
  ]
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  try {
    return execFileSync(process.execPath, [tsc, ...options, 'client.ts'], {
      cwd: folder,
      encoding: 'utf8',
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

const client = (status: string) => `
import type { components, paths } from './api.js'
type Get = paths['/api/v0/executions/workflows/{exec_id}']['get']
type Execution = Get['responses'][200]['content']['application/json']
type Problem = Get['responses'][404]['content']['application/problem+json']
export const done = (execution: Execution): boolean => execution.status === '${status}'
export const started = (task: components['schemas']['TaskState']): string | undefined => task.started_at
export const missing = (problem: Problem): boolean => problem.code === 'not_found'
export const start: paths['/api/v0/workflows/{workflow_id}/executions']['post']['parameters']['path'] = { workflow_id: 'order' }
`

describe('the OpenAPI document in the hands of others', () => {
  it('Should pass a strict validator', async () => {
    const validator = new Validator()
    expect(await validator.validate(await documentOf())).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  it('Should not pass it with an operation that answers nothing', async () => {
    const document = structuredClone(await documentOf())
    const paths = document['paths'] as Record<string, Record<string, Record<string, unknown>>>
    paths['/healthz']!['get']!['responses'] = { 200: { content: {} } }
    expect((await new Validator().validate(document)).valid).toBe(false)
  })

  it('Should give types that a client compiles with', async () => {
    expect(await compile(client('completed'))).toBe('')
  })

  it('Should give types that refuse a status that is none', async () => {
    expect(await compile(client('done'))).toContain('error TS2367')
  })
})
