import { describe, expect, it } from 'vitest'
import { parseCondition } from '../parse/parse-condition.ts'
import { place } from '../testing/render.ts'
import { readsRoot } from './reads-root.ts'

describe('Whether a condition names a root', () => {
  it.each([
    ['{{ .processor.output.ok }}', true],
    ['{{ eq (upper $.processor.output) "A" }}', true],
    ['{{ if .signal }}{{ .processor.output }}{{ end }}', true],
    ['{{ range .signal.payload }}{{ $.processor.output }}{{ end }}', true],
    ['{{ with .processor }}{{ .output }}{{ end }}', true],
    ['{{ $x := .processor }}{{ $x.output }}', true],
    ['{{ .signal.payload.processor }}', false],
    ['{{ range .signal.payload }}{{ .processor }}{{ end }}', false],
    ['{{ eq .signal.id "processor" }}', false],
    ['processor.output.ok', true],
    ['signal.payload.exists(x, x == processor.output)', true],
    ['has(processor.output) && true', true],
    ['signal.payload.processor', false],
    ['signal.id == "processor"', false],
    ['signal.payload.exists(processor, processor == 1)', false],
    ['processor.exists(processor, processor == 1)', true],
  ])('Should tell for %s: %j', (source, expected) => {
    expect(readsRoot(parseCondition(source, place), 'processor')).toBe(expected)
  })
})
