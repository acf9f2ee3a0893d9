import { didYouMean } from '../../core/nearest.ts'
import type { Path } from '../../core/source.ts'
import type { WrittenEvent } from '../../kinds/kind.ts'
import type { KnownInput } from '../../kinds/shared/tool-reference.ts'
import type { Report } from '../../schema/report.ts'
import type { TaskLevel } from '../task-tree.ts'
import { checkLiteral, type WrittenValue } from './check-literal.ts'

/** A workflow that an event starts, with what is known of the payload that it takes. */
export interface KnownListener {
  /** Name of the event. */
  readonly event: string
  readonly workflowId: string
  /** By the schema of its trigger. */
  readonly payload: KnownInput
  /** By its `config.input`; absent without one. */
  readonly input?: KnownInput | undefined
}

/** Listeners by event. */
export type KnownListeners = ReadonlyMap<string, readonly KnownListener[]>

/** Unheard events of a file that are reported; the guess at each name takes time. */
const maximumUnheard = 20

function checkListener(
  payload: WrittenValue,
  { event, workflowId, payload: byTrigger, input }: KnownListener,
  report: Report,
): void {
  const named = `the payload of event "${event}"`
  // The task fails then. A handler may be there for just that.
  const severity = 'warning'
  const ofTrigger = `the schema of its trigger in workflow "${workflowId}"`
  const fits = checkLiteral(payload, { ...byTrigger, named, severity, schema: ofTrigger }, report)
  // What a trigger refuses never becomes an input.
  if (fits)
    checkLiteral(
      payload,
      {
        ...input,
        named,
        severity,
        schema: `config.input of workflow "${workflowId}", which it starts`,
      },
      report,
    )
}

/**
 * Warns of literal payloads that what listens for the event refuses, and of an event that nothing
 * listens for: such a task completes and starts no run.
 * @param listeners of all workflows of the project
 */
export function checkEvents(level: TaskLevel, listeners: KnownListeners, report: Report): void {
  let unheard = 0

  function checkPublished(published: WrittenEvent, path: Path): void {
    const { name, namePath, payload: tree, payloadPath } = published
    const payload = { tree, path: [...path, ...payloadPath] }
    const listening = listeners.get(name) ?? []
    for (const listener of listening) checkListener(payload, listener, report)
    if (listening.length > 0 || ++unheard > maximumUnheard) return
    const meant = didYouMean(name, listeners.keys())
    const message = `no workflow of the project listens for event "${name}"${meant}`
    report.warning([...path, ...namePath], message, {
      hint: 'the task starts no run; give a workflow a trigger of that name, or name a run by exec_id',
    })
  }

  function checkLevel({ nodes }: TaskLevel): void {
    for (const { kind, ir, raw, path, levels } of nodes) {
      if (report.isFull) return
      const published = kind.publishes?.(ir, raw)
      if (published !== undefined) checkPublished(published, path)
      for (const { level: nested } of levels) checkLevel(nested)
    }
  }
  checkLevel(level)
}
