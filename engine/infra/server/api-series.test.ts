import { expect, it } from 'vitest'
import { rulesOf, ruleFiles } from '../../../test/support/rules.ts'
import { parseQuery } from '../../../test/support/promql.ts'
import { createTestServer } from './testing/server.ts'

/** What the alert reads of the requests: `name{method="GET",path="…"`. */
function watched(): string {
  const rule = ruleFiles.flatMap(rulesOf).find(({ alert }) => alert === 'CompozyApiAbsent')!
  const { name, matchers } = parseQuery(rule.expr).selectors[0]!
  const labels = matchers.filter(({ label }) => label !== 'job')
  return `${name}{${labels.map(({ label, value }) => `${label}="${value}"`).join(',')},`
}

it('Should export what CompozyApiAbsent looks for at 0 from the first scrape', async () => {
  const { app } = await createTestServer()
  const { body } = await app.inject('/metrics')
  expect(body).toContain(`${watched()}status_code="200"} 0\n`)
})

it('Should not export it where the API is not served, not even after a request for it', async () => {
  const { app } = await createTestServer({ api: null })
  expect((await app.inject('/api/v0/workflows')).statusCode).toBe(404)
  const { body } = await app.inject('/metrics')
  expect(body).toContain('compozy_http_requests_total{')
  expect(body).not.toContain(watched())
})
