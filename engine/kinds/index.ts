import { aggregate } from './aggregate.ts'
import { basic } from './basic.ts'
import { collection } from './collection.ts'
import { composite } from './composite.ts'
import { createTaskKinds } from './kind.ts'
import { parallel } from './parallel.ts'
import { pause } from './pause.ts'
import { router } from './router.ts'
import { signal } from './signal.ts'
import { wait } from './wait.ts'
import { workflow } from './workflow.ts'

/** The one list of task kinds. The first is that of a task without `type`. */
export const standardKinds = createTaskKinds([
  basic,
  router,
  parallel,
  collection,
  composite,
  aggregate,
  wait,
  signal,
  workflow,
  pause,
])
