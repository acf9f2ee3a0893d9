import type { Fields } from '../../schema/field.ts'

/**
 * Keys that a task of any kind may have. A kind that gives one of them a meaning of its
 * own (`condition` of a router, `timeout` of a wait) declares it again. `id`, `type`,
 * `description`, `metrics`, the retries and the tool reference are read by the compiler itself.
 */
export const commonFields = {
  condition: {
    is: 'condition',
    doc: 'false: the task is skipped, its output is null, and on_success is followed',
  },
  with: { is: 'tree', doc: "the task's input; without it {} and what the edge just taken gave" },
  outputs: {
    is: 'tree',
    adds: ['output'],
    doc: "replaces the task's output; its keys may not read one another",
  },
  env: {
    is: 'tree',
    doc: 'environment variables of its tool, over those of the workflow; a container gives them to its tasks',
  },
  timeout: {
    is: 'duration',
    isPositive: true,
    timer: 'a timeout',
    doc: 'limit of one attempt, or of the whole container',
  },
  sleep: {
    is: 'duration',
    timer: 'a sleep',
    doc: 'durable pause after the task ended well and before its next',
  },
  on_success: {
    is: 'object',
    doc: 'what follows when the task ended well; without next the run ends here',
    fields: {
      next: { is: 'next', doc: 'the task that follows' },
      with: {
        is: 'tree',
        neverText: true,
        adds: ['output'],
        doc: "defaults for the next task's input; its own keys win",
      },
    },
  },
  on_error: {
    is: 'object',
    doc: 'what follows when the task failed after its retries; without next the run fails',
    fields: {
      next: { is: 'next', doc: 'the task that handles the failure; it sees .error' },
      with: {
        is: 'tree',
        neverText: true,
        adds: ['error'],
        doc: "defaults for the handler's input; its own keys win",
      },
    },
  },
  final: { is: 'boolean', doc: 'says that the run ends here; excludes on_success.next' },
} as const satisfies Fields
