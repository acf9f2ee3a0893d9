/**
 * Worker thread of `compozy dev`: checks a changed project, so that a file that is slow to read
 * holds no request and no metric.
 */
import { parentPort } from 'node:worker_threads'
import { checkProject, type Given } from '../session.ts'
import type { CheckAnswer } from './project-checker.ts'

async function answer(given: Given): Promise<void> {
  const { lines, diagnostics, sound } = await checkProject(given)
  const checked: CheckAnswer = { lines, diagnostics, isSound: sound !== undefined }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(checked)
}

// A check that throws ends the thread; the other side sees its `error` event.
parentPort?.on('message', (given: Given) => void answer(given))
