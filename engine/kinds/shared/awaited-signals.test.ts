import { describe, expect, it } from 'vitest'
import type { TaskIr } from '../../definition/task-ir.ts'
import type { WorkflowIr } from '../../definition/workflow-ir.ts'
import { standardKinds } from '../index.ts'
import { awaitedSignals, warnUnawaited } from './awaited-signals.ts'

const waitFor = (source: string) => ({
  id: source,
  type: 'wait',
  wait_for: { place: 'w.yaml:1', source, body: [] },
})
const awaited = (...tasks: readonly object[]) =>
  awaitedSignals({ tasks: tasks as readonly TaskIr[] } as WorkflowIr, standardKinds)

describe('the signals that a workflow waits for', () => {
  it('Should find waits at every depth', () => {
    const inRoute = { id: 'r', type: 'router', routes: { yes: waitFor('paid') } }
    const nested = { id: 'both', type: 'parallel', tasks: [waitFor('sent'), inRoute] }
    expect(awaited(waitFor('go'), nested)).toEqual(new Set(['go', 'sent', 'paid']))
  })

  it('Should not know them where a name is a template', () => {
    expect(awaited(waitFor('go'), waitFor('paid-{{ .workflow.input.id }}'))).toBeUndefined()
  })

  it.each([
    ['aprove', ['approve', 'reject'], '; did you mean "approve"?'],
    ['note', ['approve', 'reject'], '; it waits for "approve", "reject"'],
    ['note', [], '; it waits for no signal'],
  ])('Should warn of the signal %s where tasks wait for %j', (name, names, end) => {
    const warning = `no task of this run waits for the signal "${name}"${end}`
    expect(warnUnawaited(name, new Set(names))).toBe(warning)
  })

  it('Should not warn of a signal that a task may take', () => {
    expect(warnUnawaited('approve', new Set(['approve']))).toBeUndefined()
    expect(warnUnawaited('anything', undefined)).toBeUndefined()
  })
})
