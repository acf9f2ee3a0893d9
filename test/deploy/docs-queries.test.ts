import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { errorCodes } from '../../engine/core/errors.ts'
import { allFamilies } from '../../engine/infra/monitoring/catalogue.ts'
import { complaints } from '../support/query-check.ts'
import { recordedLabels } from '../support/rules.ts'

const docs = resolve(import.meta.dirname, '../../docs')
const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.md'),
)
const read = (name: string): string => readFileSync(join(docs, name), 'utf8')
const queriesOf = (page: string): string[] =>
  [...page.matchAll(/```promql\n([^]*?)```/g)]
    .flatMap(([, block]) => block!.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#'))
const withQueries = pages.filter((name) => queriesOf(read(name)).length > 0)

it.each(withQueries)('Should show only queries that ask for what is exported: %s', (name) => {
  const queries = queriesOf(read(name)).filter((query) => !query.includes('compozy_custom_'))
  expect(queries.flatMap((query) => complaints(query, recordedLabels))).toEqual([])
})

it.each(pages.filter((name) => /^(operate\/|why)/.test(name)))(
  'Should name only families that are exported: %s',
  (name) => {
    const known = new Set(
      allFamilies.flatMap(({ name, kind }) =>
        kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    )
    const prose = read(name).replaceAll(
      /(job|job_workflow_type|job_workflow_type_status):[\w:]+/g,
      '',
    )
    const named = [...prose.matchAll(/\b(?:compozy|temporal|nodejs)_[a-z0-9_]+\b(?!\*)/g)].map(
      ([word]) => word,
    )
    const settings: readonly string[] = ['temporal_sdk', 'temporal_ui', ...errorCodes]
    const words = named.filter(
      (word) =>
        !settings.includes(word) && !word.startsWith('compozy_custom_') && !word.endsWith('_'),
    )
    expect(words.filter((word) => !known.has(word))).toEqual([])
  },
)
