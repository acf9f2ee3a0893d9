/**
 * Worker thread of `compozy dev`: checks a changed project, so that a file that is slow to read
 * holds no request and no metric.
 */
import { parentPort } from 'node:worker_threads'
import { checkProject, type Given } from '../session.ts'
import type { CheckAnswer } from './project-checker.ts'

parentPort?.on('message', (given: Given) => {
  void checkProject(given).then(
    ({ lines, diagnostics, sound }) =>
      parentPort?.postMessage({
        lines,
        diagnostics,
        isSound: sound !== undefined,
      } satisfies CheckAnswer),
    (error: unknown) => {
      // An uncaught exception ends the thread, and its `error` event tells why.
      setImmediate(() => {
        throw error
      })
    },
  )
})
