import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatDiagnostic } from '../core/source.ts'
import { compileWorkflow, readWorkflowFile } from '../compiler/compile-workflow.ts'
import { corpusTopics, readCorpus } from './fixtures/corpus.ts'
import { readSource } from './yaml/read-source.ts'

const texts = corpusTopics()
  .flatMap(readCorpus)
  .flatMap(({ files }) => files['workflow.yaml'] ?? [])

const fragments = [
  'null',
  '[]',
  '{}',
  '5',
  '"{{ .x }}"',
  '"{{"',
  '{a: {b: c}}',
  '""',
  '&a ',
  '*a',
  ': ',
  '\n',
  '\t',
  '- ',
  '  ',
]

/** A workflow file with a part cut out and something put in its place. */
const damaged = fc
  .record({
    text: fc.constantFrom(...texts),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(12),
    put: fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 4 })),
  })
  .map(({ text, at, cut, put }) => {
    const place = Math.floor(at * text.length)
    return text.slice(0, place) + put + text.slice(place + cut)
  })

/** Whether a file is accepted, and the errors that a user reads. */
function read(text: string): { accepted: boolean; errors: readonly string[] } {
  const { source, diagnostics } = readSource('x.yaml', text)
  if (source === undefined) return { accepted: false, errors: diagnostics.map(formatDiagnostic) }
  const context = {
    project: { name: 'p' },
    env: {},
    tools: new Map([['echo', {}]]),
    toolTimeoutMs: 1_000,
    workflows: ['main'],
  }
  const compiled = compileWorkflow(readWorkflowFile(source), context)
  const errors = compiled.diagnostics.filter(({ severity }) => severity === 'error')
  return { accepted: compiled.definition !== undefined, errors: errors.map(formatDiagnostic) }
}

it('Should either accept a damaged file or say where it is wrong, and never throw', () => {
  fc.assert(
    fc.property(damaged, (text) => {
      const { accepted, errors } = read(text)
      expect(accepted).toBe(errors.length === 0)
      for (const error of errors)
        expect(error).toMatch(/^x\.yaml:\d+:\d+: error: .+\n +\d+ \| .*\n +\| +\^/)
    }),
    { numRuns: 300 },
  )
})
