/**
 * Worker thread of `compozy dev`: checks and compiles a changed project, so that a large one holds
 * no request and no metric.
 */
import { parentPort } from 'node:worker_threads'
import { defined } from '../../engine/core/defined.ts'
import { packProject } from '../../engine/project/packed-project.ts'
import type { Invocation } from '../command.ts'
import { checkProject } from '../session.ts'
import type { CheckAnswer } from './project-checker.ts'

async function answer(invocation: Invocation): Promise<void> {
  const { sound, ...found } = await checkProject(invocation)
  const packed = sound && { ...sound, project: packProject(sound.project) }
  const checked: CheckAnswer = defined({ ...found, sound: packed })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(checked)
}

// A check that throws ends the thread; the other side sees its `error` event.
parentPort?.on('message', (invocation: Invocation) => void answer(invocation))
