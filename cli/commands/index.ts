import type { Command } from '../command.ts'
import { dev } from './dev.ts'
import { events } from './events.ts'
import { init } from './init.ts'
import { metrics } from './metrics.ts'
import { run } from './run.ts'
import { runs } from './runs.ts'
import { schedules } from './schedules.ts'
import { schema } from './schema.ts'
import { start } from './start.ts'
import { validate } from './validate.ts'
import { worker } from './worker.ts'
import { workflows } from './workflows.ts'

/** Every subcommand, in the order in which help lists them. */
export const commands: readonly Command[] = [
  init,
  dev,
  run,
  validate,
  start,
  worker,
  workflows,
  runs,
  events,
  schedules,
  metrics,
  schema,
]
