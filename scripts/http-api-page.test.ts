import { describe, expect, it } from 'vitest'
import { errorCodes } from '../engine/core/errors.ts'
import { httpApiPage, readDocument, type Document } from './http-api-page.ts'

type Responses = Document['paths'][string][string]['responses']
type Media = NonNullable<Responses[string]['content']>[string]

const document = await readDocument()
const page = httpApiPage('Generated.', document)

/** The text of a page below a heading, up to the next one. */
function sectionOf(markdown: string, heading: string): string {
  const [, after] = markdown.split(`\n### ${heading}\n`)
  if (after === undefined) throw new Error(`the page has no heading "${heading}"`)
  return after.split(/\n##/)[0]!
}

/** The section of a route that answers like this. */
function describeRoute(responses: Responses): string {
  const operation = { summary: 'Start', tags: ['runs'], responses }
  const markdown = httpApiPage('Generated.', {
    tags: [{ name: 'runs', description: 'Runs' }],
    paths: { '/runs': { post: operation } },
    components: { schemas: { Run: { properties: { id: { description: 'its name' } } } } },
  })
  return sectionOf(markdown, 'POST /runs')
}

const started = (schema: Media['schema']): Responses => ({
  202: { description: 'Started', content: { 'application/json': { schema } } },
})
const text = { type: 'string' }

describe('the fields of an answer', () => {
  it('Should be marked where they are optional, and only there', () => {
    const section = describeRoute(
      started({ properties: { id: text, warning: text }, required: ['id'] }),
    )
    expect(section).toContain('| 202 | Started | {`id`: string, `warning?`: string} |')
  })

  it('Should be a table where one is described, and none where none is', () => {
    const described = { ...text, description: 'why it waits' }
    const required = ['id']
    const section = describeRoute(
      started({ properties: { id: text, warning: described }, required }),
    )
    expect(section).toContain('| 202 | Started | object |')
    expect(section).toContain(
      '| `id` | string |  |\n| `warning` (optional) | string | why it waits |',
    )
    const plain = describeRoute(started({ properties: { id: text, warning: text }, required }))
    expect(plain).not.toContain('| field |')
  })

  it('Should be named with the lists and objects around them', () => {
    const problem = { properties: { code: { ...text, description: 'match on it' } } }
    const item = { properties: { id: text, problem: { anyOf: [problem, { type: 'null' }] } } }
    const section = describeRoute(started({ properties: { items: { items: item } } }))
    const names = [...section.matchAll(/^\| `([\w.[\]]+)`/gm)].map(([, name]) => name)
    expect(names).toEqual(['items', 'items[].id', 'items[].problem', 'items[].problem.code'])
    expect(section).toContain('| `items[].problem` (optional) | object or null |  |')
  })

  it('Should be left to the object where it has a name', () => {
    const run = { $ref: '#/components/schemas/Run' }
    expect(describeRoute(started(run))).not.toContain('| field |')
    const section = describeRoute(started({ properties: { items: { items: run } } }))
    expect(section).toContain('{`items?`: list of [Run](#run)}')
  })
})

describe('the reference of the HTTP API', () => {
  it('Should say what each field of a bulk repetition and of a signal means', () => {
    const bulk = sectionOf(page, 'POST /api/v0/executions/workflows/rerun')
    expect(bulk).toContain('| `items[].problem` | ')
    expect(bulk).toContain(' | why it was not repeated |')
    expect(bulk).toContain('| `filter.rerun_of` (optional) | string | repeats this execution')
    expect(sectionOf(page, 'POST /api/v0/executions/workflows/{exec_id}/signals/{name}')).toContain(
      '| `warning` (optional) | string | why no task can take the signal |',
    )
  })

  it('Should name the headers of answers where they are sent, and those of errors once', () => {
    const start = sectionOf(page, 'POST /api/v0/workflows/{workflow_id}/executions')
    expect(start).toContain('| 202 | Started; header `location`: path of the execution |')
    expect(sectionOf(page, 'GET /api/v0/workflows')).not.toContain('header')
    for (const header of ['retry-after', 'www-authenticate'])
      expect(page.split(`the header \`${header}\`: `)).toHaveLength(2)
  })

  it('Should refer to the error codes, and repeat the whole list nowhere', () => {
    expect(page).toContain('| `code` | [error code](errors.md) | stable; match on it |')
    expect(page).not.toContain(errorCodes.map((code) => `\`${code}\``).join(', '))
  })

  it('Should name the bounds of a limit, and none of any whole number', () => {
    expect(page).toContain('1 to 200, default 50')
    expect(page).not.toMatch(/\d{16}/)
  })
})
