/** The types of `workflows.ts`. */
export const chaosTypes = [
  'plain',
  'fails',
  'stumbles',
  'timer',
  'raced',
  'chain',
  'canceled',
  'handler_fails',
] as const

/** Where the chaos runs. */
export const taskQueue = 'chaos'
