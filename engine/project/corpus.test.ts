import { describe, expect, it } from 'vitest'
import { corpusTopics, loadFiles, readCorpus, rendered } from './fixtures/corpus.ts'

describe.each(corpusTopics())('%s', (topic) => {
  it.each(readCorpus(topic))('$name', async ({ files, expected }) => {
    expect(rendered(await loadFiles(files, { HOME_TOWN: 'Berlin' }))).toBe(expected)
  })
})
