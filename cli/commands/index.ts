import type { Command } from '../command.ts'
import { dev } from './dev.ts'
import { run } from './run.ts'
import { start } from './start.ts'
import { validate } from './validate.ts'
import { worker } from './worker.ts'

/** Every subcommand, in the order in which help lists them. */
export const commands: readonly Command[] = [dev, run, validate, start, worker]
