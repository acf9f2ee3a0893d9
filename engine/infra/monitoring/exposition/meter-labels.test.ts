import { describe, expect, it } from 'vitest'
import { exportedLabels } from './meter-labels.ts'

describe('exportedLabels', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'Should keep an attribute that is named like a member of every object: %s',
    (name) => {
      expect(exportedLabels({ [name]: 'ferrari' }).labels).toEqual({ [name]: 'ferrari' })
    },
  )

  it('Should join the values of names that become equal, and no others', () => {
    expect(exportedLabels({ 'a.b': 'x', a_b: 'y', c: 'z' }).labels).toEqual({ a_b: 'x;y', c: 'z' })
  })
})
