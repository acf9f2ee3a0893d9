import { commonFields } from './common.ts'
import type { Fields } from './field.ts'

/** Keys of a wait. */
export const waitFields = {
  wait_for: { is: 'template', required: true, doc: 'name of the signal' },
  timeout: { is: 'duration', required: true, doc: 'how long it waits' },
  condition: {
    is: 'condition',
    adds: ['signal', 'processor'],
    doc: 'signals for which it is false are ignored; judged after the processor where it names it',
  },
  processor: {
    is: 'task',
    adds: ['signal'],
    defaultIdSuffix: '-processor',
    doc: 'a task that is run for the accepted signal; its output is .processor.output',
  },
  on_timeout: {
    is: 'next',
    doc: 'the task that follows when no signal came; without it that is a WaitTimeout error',
  },
  outputs: { ...commonFields.outputs, adds: ['output', 'signal', 'processor'] },
  on_success: {
    ...commonFields.on_success,
    fields: {
      ...commonFields.on_success.fields,
      with: { ...commonFields.on_success.fields.with, adds: ['output', 'signal', 'processor'] },
    },
  },
} as const satisfies Fields
