import { describe, expect, it } from 'vitest'
import type { Path } from '../../core/source.ts'
import { renderTree } from '../evaluate/evaluate.ts'
import { scope } from '../testing/render.ts'
import { compileTree } from './compile-tree.ts'

const place = (path: Path): string => `orders.yaml:${path.join('/')}`

describe('A tree of templates', () => {
  it('Should render every string below it and leave the rest alone', () => {
    const tree = compileTree(
      {
        name: '{{ .input.customer }}',
        rest: [1, null, true, 'as it is', { total: '{{ .input.total }}' }],
      },
      { place, onError: () => undefined },
    )
    expect(renderTree(tree, scope)).toEqual({
      name: 'Ada',
      rest: [1, null, true, 'as it is', { total: 120.5 }],
    })
  })

  it('Should leave keys alone, and tell of those that look like templates', () => {
    const told: Path[] = []
    const value = { '{{ .input.customer }}': 1, list: [{ 'a{{': '{{ 1 }}', plain: 2 }] }
    const tree = compileTree(value, {
      place,
      onError: () => undefined,
      onTemplateKey: (path) => told.push(path),
    })
    expect(renderTree(tree, scope)).toEqual({
      '{{ .input.customer }}': 1,
      list: [{ 'a{{': 1, plain: 2 }],
    })
    expect(told).toEqual([['{{ .input.customer }}'], ['list', 0, 'a{{']])
  })

  it.each([[null], [1], ['text'], [[]], [{}], [{ a: ['{ x }'] }]])(
    'Should keep %j whole as one literal',
    (value) => {
      expect(compileTree(value, { place, onError: () => undefined })).toEqual({ t: 'lit', value })
    },
  )

  it('Should name the place of the string that fails', () => {
    const tree = compileTree(
      { a: [0, '{{ .input.nothing }}'] },
      { place, onError: () => undefined },
    )
    expect(() => renderTree(tree, scope)).toThrow(
      expect.objectContaining({ place: 'orders.yaml:a/1' }),
    )
  })

  it('Should report every string that does not parse, with its path', () => {
    const errors: [Path, string][] = []
    const tree = compileTree(
      { a: '{{ .x', b: ['{{ .y }}', '{{ end }}'] },
      { place, onError: (path, error) => errors.push([path, error.message]) },
    )
    expect(errors).toEqual([
      [['a'], 'this action is not closed with "}}"'],
      [['b', 1], '"end" without a block'],
    ])
    expect(tree.t).toBe('obj')
  })

  it('Should be plain JSON', () => {
    const tree = compileTree({ a: ['{{ .x | default 1 }}'] }, { place, onError: () => undefined })
    expect(JSON.parse(JSON.stringify(tree))).toEqual(tree)
  })
})
