import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { standardKinds } from '../../kinds/index.ts'
import { analyzeFlow } from './analyze-flow.ts'
import type { TaskLevel, TaskNode } from '../task-tree.ts'

/** A level of tasks `0`, `1`, … with edges between them. */
function levelOf(count: number, edges: readonly (readonly [number, number])[]): TaskLevel {
  const nodes = Array.from({ length: count }, (_, place): TaskNode => {
    const id = String(place)
    const own = edges.filter(([from]) => from === place)
    return {
      ir: { id, type: 'basic', place: 'f.yaml:1:1' },
      kind: standardKinds.default,
      path: ['tasks', place],
      raw: {},
      fields: {},
      edges: own.map(([, to]) => ({ target: String(to), path: [], onError: false })),
      levels: [],
      metrics: [],
    }
  })
  return { order: 'in_turn', path: ['tasks'], named: 'the workflow', nodes, skipped: new Set() }
}

/** Whether a path of at least one edge leads from one task to another, by trying every path. */
function leadsTo(
  edges: readonly (readonly [number, number])[],
  from: number,
  to: number,
  seen = new Set<number>(),
): boolean {
  return edges
    .filter(([start]) => start === from)
    .some(([, end]) => {
      if (end === to) return true
      if (seen.has(end)) return false
      return leadsTo(edges, end, to, seen.add(end))
    })
}

describe('the order of tasks', () => {
  it('Should be that of all paths, whatever is asked first', () => {
    const place = fc.nat(7)
    const question = fc.tuple(place, place)
    fc.assert(
      fc.property(
        fc.array(question, { maxLength: 16 }),
        fc.array(question, { minLength: 1, maxLength: 30 }),
        (edges, questions) => {
          const { canPrecede, reachable } = analyzeFlow(levelOf(8, edges))
          const isReachable = (id: number): boolean => id === 0 || leadsTo(edges, 0, id)
          for (const [earlier, later] of questions) {
            const expected =
              !isReachable(later) || (isReachable(earlier) && leadsTo(edges, earlier, later))
            expect(reachable.has(String(later))).toBe(isReachable(later))
            expect(canPrecede(String(earlier), String(later))).toBe(expected)
          }
        },
      ),
    )
  })

  it.each([
    [0, '1', '2', false],
    [2, '0', '1', false],
    [2, '0', '2', true],
    [2, '1', '3', true],
    [2, '3', '2', false],
    [2, '2', '2', false],
  ])('Should follow the slots of tasks that run together: %d, %s before %s', (...row) => {
    const [slots, earlier, later, expected] = row
    const level: TaskLevel = { ...levelOf(4, []), order: 'together' }
    expect(analyzeFlow(level, slots).canPrecede(earlier, later)).toBe(expected)
  })
})
