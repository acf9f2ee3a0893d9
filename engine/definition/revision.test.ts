import { describe, expect, it } from 'vitest'
import { buildIdPrefix, revisionOf } from './revision.ts'

describe('the revision of a build', () => {
  it.each([
    [1, undefined],
    [1, 'compozy'],
    [2, 'compozy-r2-abc'],
    [3, 'compozy-r3-abc'],
    [4, 'compozy-r4-abc'],
    [5, 'compozy-r5-abc'],
    [6, 'compozy-r6-abc'],
    [7, 'compozy-r7-abc'],
    [8, 'compozy-r8-abc'],
    [9, 'compozy-r9-abc'],
    [10, 'compozy-r10-abc'],
    [10, 'compozy-r99-abc'],
  ])('Should be %i of %s', (revision, buildId) => {
    expect(revisionOf(buildId)).toBe(revision)
  })

  it('Should be the newest one of the builds that are made now', () => {
    expect(buildIdPrefix).toBe('compozy-r10-')
  })
})
