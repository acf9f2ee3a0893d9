import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Shape, Shapes } from '../../schema/shape.ts'
import type { TaskKinds } from '../../kinds/kind.ts'
import { signal, type World } from './play.ts'

/**
 * Writes one task with the given id, as YAML has it. `late` lengthens its times, so that no two
 * specimens side by side are due at the same moment. All times are even, all limits of containers
 * odd.
 */
export type Specimen = (id: string, late: number) => JsonObject

/** A task that calls a tool, which returns its input. */
export const echo = (id: string): JsonObject => ({
  id,
  tool: 'echo',
  with: { task: id, run: '{{ .workflow.exec_id }}' },
})
const pause =
  (ms: number): Specimen =>
  (id, late) => ({
    id,
    type: 'pause',
    duration: `${ms + late}ms`,
  })
const wait =
  (more: JsonObject): Specimen =>
  (id, late) => ({
    id,
    type: 'wait',
    wait_for: 'go',
    timeout: `${400 + late}ms`,
    ...more,
  })
const silence: Specimen = (id, late) =>
  wait({ wait_for: 'silence', timeout: `${40 + late}ms` })(id, late)
const retries = (late: number, most = 3): JsonObject => ({
  maximum_attempts: most,
  initial_interval: `${20 + late}ms`,
})

/**
 * Tasks of each kind in each way in which they start, wait and end. A test demands one of every
 * kind that there is.
 */
export const specimens: Readonly<Record<string, Readonly<Record<string, Specimen>>>> = {
  basic: {
    succeeds: echo,
    fails: (id) => ({ id, tool: 'fail' }),
    'is retried': (id, late) => ({
      id,
      tool: 'flaky',
      with: { failures: 2 },
      retry_policy: retries(late),
    }),
    'is skipped': (id) => ({ ...echo(id), condition: 'false' }),
  },
  aggregate: {
    computes: (id) => ({
      id,
      type: 'aggregate',
      outputs: { id, run: '{{ .workflow.exec_id }}' },
    }),
  },
  pause: {
    lasts: pause(30),
    'lasts until a time': (id, late) => ({
      id,
      type: 'pause',
      until: `2026-01-31T10:00:00.0${40 + late}Z`,
    }),
  },
  wait: {
    'gets a signal': wait({ outputs: { got: '{{ .output }}' } }),
    'ignores a signal': wait({ condition: '{{ gt .signal.payload 2.0 }}' }),
    'times out': silence,
    'times out and goes on': (id, late) => ({
      id,
      type: 'composite',
      tasks: [{ ...silence(`${id}-w`, late), on_timeout: `${id}-late` }, echo(`${id}-late`)],
    }),
    processes: (id, late) =>
      wait({
        processor: { type: 'composite', tasks: [pause(20)('rest', late), echo('use')] },
        outputs: { signal: '{{ .signal.payload }}', processor: '{{ .processor.output }}' },
      })(id, late),
    'judges what it processed': wait({
      processor: { tool: 'echo', with: { n: '{{ .signal.payload }}' } },
      condition: '{{ gt .processor.output.n 1.0 }}',
    }),
  },
  signal: {
    'reaches a run': (id) => ({
      id,
      type: 'signal',
      signal: { id: 'hi', payload: { from: id } },
      exec_id: 'other',
    }),
    publishes: (id) => ({ id, type: 'signal', signal: { id: 'news', payload: { from: id } } }),
    'is not delivered': (id, late) => ({
      id,
      type: 'signal',
      signal: { id: 'hi' },
      exec_id: 'nobody',
      retry_policy: retries(late, 2),
    }),
  },
  workflow: {
    ends: (id) => ({ id, type: 'workflow', workflow: 'child', with: { from: id } }),
    'goes on alone': (id) => ({ id, type: 'workflow', workflow: 'child', wait: false }),
    fails: (id) => ({ id, type: 'workflow', workflow: 'child', with: { fails: 9 } }),
    'is retried': (id, late) => ({
      id,
      type: 'workflow',
      workflow: 'child',
      with: { fails: 1 },
      retry_policy: retries(late),
    }),
  },
  router: {
    'routes inline': (id, late) => ({
      id,
      type: 'router',
      condition: '"a"',
      routes: {
        a: {
          id: `${id}-in`,
          type: 'composite',
          tasks: [pause(20)(`${id}-p`, late), echo(`${id}-e`)],
        },
      },
    }),
    'routes to a task': (id, late) => ({
      id,
      type: 'composite',
      tasks: [
        { ...echo(`${id}-a`), sleep: `${20 + late}ms`, on_success: { next: `${id}-r` } },
        {
          id: `${id}-r`,
          type: 'router',
          condition: `{{ if eq .tasks.${id}-a.output.task "${id}-a" }}x{{ end }}`,
          routes: { x: `${id}-b` },
        },
        echo(`${id}-b`),
      ],
    }),
    'has no route': (id) => ({
      id,
      type: 'router',
      condition: '"z"',
      routes: { a: echo(`${id}-in`) },
    }),
  },
  parallel: {
    'waits for all': (id, late) => ({
      id,
      type: 'parallel',
      tasks: [echo(`${id}-a`), pause(30)(`${id}-b`, late), wait({})(`${id}-c`, late)],
    }),
    races: (id, late) => ({
      id,
      type: 'parallel',
      strategy: 'race',
      tasks: [silence(`${id}-a`, late), pause(20)(`${id}-b`, late), pause(300)(`${id}-c`, late)],
    }),
    'fails fast': (id, late) => ({
      id,
      type: 'parallel',
      strategy: 'fail_fast',
      tasks: [pause(300)(`${id}-a`, late), silence(`${id}-b`, late), echo(`${id}-c`)],
    }),
  },
  collection: {
    'takes turns': (id, late) => ({
      id,
      type: 'collection',
      items: ['x', 'y'],
      mode: 'sequential',
      task: {
        type: 'composite',
        tasks: [pause(20)('p', late), { ...echo('e'), env: { I: '{{ .item }}' } }],
      },
    }),
    tolerates: (id) => ({
      id,
      type: 'collection',
      items: [1, 2, 3],
      strategy: 'best_effort',
      task: { id: 'i', tool: 'fail', condition: '{{ gt .item 1.0 }}' },
      outputs: { errors: `{{ len .tasks.${id}.errors }}`, of: '{{ len .output }}' },
    }),
  },
  composite: {
    'sleeps and handles': (id, late) => ({
      id,
      type: 'composite',
      tasks: [
        {
          ...echo(`${id}-a`),
          sleep: `${30 + late}ms`,
          on_success: { next: `${id}-b`, with: { x: 1 } },
        },
        {
          id: `${id}-b`,
          tool: 'fail',
          on_error: { next: `${id}-c`, with: { e: '{{ .error.type }}' } },
        },
        echo(`${id}-c`),
      ],
    }),
    'times out': (id, late) => ({
      id,
      type: 'composite',
      timeout: `${50 + late}ms`,
      tasks: [echo(`${id}-a`), wait({ wait_for: 'silence' })(`${id}-b`, late)],
    }),
  },
}

/** Puts a specimen inside a container, two or three times where it holds several tasks. */
export type Wrap = (id: string, of: Specimen) => JsonObject

const thrice = (id: string, of: Specimen): JsonValue =>
  [0, 1, 2].map((at) => of(`${id}-${at}`, 2 * at))
const each =
  (more: JsonObject): Wrap =>
  (id, of) => ({
    id,
    type: 'collection',
    items: [10, 20, 30],
    task: of(`${id}-i`, 0),
    ...more,
  })
const list =
  (type: string, more: JsonObject = {}): Wrap =>
  (id, of) => ({
    id,
    type,
    tasks: thrice(id, of),
    ...more,
  })

/** Each kind that holds tasks, in the ways in which it runs them. A test demands one of each. */
export const containers: Readonly<Record<string, Readonly<Record<string, Wrap>>>> = {
  collection: {
    'all at once': each({}),
    'in sequence': each({ mode: 'sequential', strategy: 'best_effort' }),
    'in batches': each({ batch: 2, max_workers: 1 }),
    'with a limit': each({
      timeout: '65ms',
      strategy: 'best_effort',
      filter: '{{ ne .item 20.0 }}',
    }),
  },
  parallel: {
    'all at once': list('parallel', { strategy: 'best_effort' }),
    'one at a time': list('parallel', { max_workers: 1 }),
    'until one fails': list('parallel', { strategy: 'fail_fast' }),
    'until one succeeds': list('parallel', { strategy: 'race' }),
    'with a limit': list('parallel', { timeout: '65ms' }),
  },
  composite: {
    'in order': list('composite', { strategy: 'best_effort' }),
    'until one fails': list('composite'),
    'with a limit': list('composite', { timeout: '65ms' }),
  },
  router: {
    inline: (id, of) => ({
      id,
      type: 'router',
      condition: '"a"',
      routes: { a: of(`${id}-in`, 0) },
    }),
    'by default': (id, of) => ({
      id,
      type: 'router',
      condition: '"z"',
      routes: { a: echo(`${id}-no`) },
      default: of(`${id}-in`, 0),
      timeout: '65ms',
    }),
  },
  wait: {
    processor: (id, of) =>
      wait({ processor: of(`${id}-p`, 0), outputs: '{{ .processor.output }}' })(id, 0),
  },
}

function holdsTasks(shape: Shape): boolean {
  if (shape.is === 'object') return Object.values(shape.fields).some(holdsTasks)
  return ['task', 'tasks', 'route', 'routes'].includes(shape.is)
}

/** Returns the kinds whose fields hold tasks. */
export function containerKinds(kinds: TaskKinds): readonly string[] {
  return kinds.names.filter((type) => {
    const fields: Shapes = kinds.of({ type }).fields
    return Object.values(fields).some(holdsTasks)
  })
}

/** A world that answers at once, so that only its timers and signals take time. */
export const instantWorld: World = {
  answer: (command) => {
    if (command.type === 'publish_event') return { value: { exec_ids: ['a-1', 'b-1'] } }
    if (command.type === 'signal_run')
      return command.execId === 'nobody'
        ? { error: { type: 'SignalNotDelivered', message: 'there is no such run' } }
        : { value: null }
    if (command.type !== 'start_child') return { value: null }
    const { execId, input, wait: waits } = command
    const { fails = 0 } = input as { readonly fails?: number }
    const attempt = Number(/-(\d+)$/.exec(execId)?.[1] ?? 1)
    if (attempt <= fails) return { error: { type: 'ChildFailed', message: `${execId} failed` } }
    return { value: { exec_id: execId, output: waits ? input : null } }
  },
  firstEvents: [signal('go', 1), signal('other', 'kept')],
  events: Array.from({ length: 7 }, (_, at) => ({ at: 7 * at, event: signal('go', at + 2) })),
}
