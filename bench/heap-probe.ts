/**
 * Loaded into every thread of a measured worker (`--import`): collects garbage and tells how much
 * each heap holds, when the parent process asks.
 */
import { createRequire } from 'node:module'
import { getHeapStatistics } from 'node:v8'
import { isMainThread } from 'node:worker_threads'
import { openThreadChannel } from './thread-channel.ts'

/** What the parent asks for: how many runs are cached, or the heaps after a collection. */
export type HeapQuestion = 'count' | 'measure'

/** What the heaps hold, bytes. */
export interface HeapAnswer {
  /** Runs in the cache of the workflow thread. */
  readonly cached: number
  /** Heap of the thread that runs the workflows. */
  readonly workflows: number
  /** Heap of the main thread. */
  readonly main: number
}

const threadFile = process.argv[1] ?? ''
const { tell, onMessage } = openThreadChannel<HeapQuestion | HeapAnswer>('bench-heap')

function heapBytes(question: HeapQuestion): number {
  if (question === 'measure') for (let i = 0; i < 3; i++) (globalThis as { gc?(): void }).gc!()
  return getHeapStatistics().used_heap_size
}

/** The SDK's own list of the runs that it keeps. */
function countRuns(): number {
  const { ReusableVMWorkflowCreator } = createRequire(threadFile)('./reusable-vm.js') as {
    ReusableVMWorkflowCreator: { workflowByRunId: Map<string, unknown> }
  }
  return ReusableVMWorkflowCreator.workflowByRunId.size
}

function answerInWorkflowThread(): void {
  onMessage((data) => {
    if (typeof data !== 'string') return
    const workflows = heapBytes(data)
    tell({ cached: countRuns(), workflows, main: 0 })
  })
}

function answerInMainThread(): void {
  let question: HeapQuestion = 'count'
  process.on('message', (asked: HeapQuestion) => {
    question = asked
    tell(asked)
  })
  onMessage((data) => {
    if (typeof data === 'string') return
    process.send!({ ...data, main: heapBytes(question) } satisfies HeapAnswer)
  })
  process.channel?.unref()
}

// Other threads load this too, and have nothing to tell.
if (isMainThread) answerInMainThread()
else if (threadFile.includes('workflow-worker-thread')) answerInWorkflowThread()
