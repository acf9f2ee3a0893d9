import { describe, expect, it } from 'vitest'
import { ApplicationFailure } from '@temporalio/common'
import type { Logger } from '../core/logger.ts'
import { temporalLogger } from './runtime.ts'

type Line = readonly [level: string, fields: Readonly<Record<string, unknown>>, message: string]

function recordLines(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = []
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push([level, fields, message])
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return { logger, lines }
}

const meta = { workflowId: 'order-1', workflowType: 'order', runId: 'r', taskQueue: 'shop' }
const failure = ApplicationFailure.nonRetryable('the bank declined the card', 'ToolError:Declined')

describe("the SDK's log lines", () => {
  it.each([
    ['a run started', 'run started'],
    ['Workflow completed', 'run completed'],
    ['Workflow completed as cancelled', 'run canceled'],
  ])('Should say in one line that a run passed "%s"', (message, event) => {
    const { logger, lines } = recordLines()
    temporalLogger(logger).debug(message, meta)
    expect(lines).toEqual([['info', { exec_id: 'order-1', workflow_id: 'order' }, event]])
  })

  it("Should not announce a run that continues as new, of which only the SDK's message tells", () => {
    const { logger, lines } = recordLines()
    temporalLogger(logger).debug('Workflow started', meta)
    expect(lines.map(([level]) => level)).toEqual(['debug'])
  })

  it('Should leave out details where debug is off, but no event of a run', () => {
    const { logger, lines } = recordLines()
    const quiet = temporalLogger({ ...logger, isLevelEnabled: () => false })
    quiet.trace('Got activity task', meta)
    quiet.info('Worker state changed', meta)
    expect(lines).toEqual([])
    quiet.debug('Workflow completed', meta)
    quiet.warn('Worker is dying', meta)
    expect(lines.map(([level, , message]) => [level, message])).toEqual([
      ['info', 'run completed'],
      ['warn', 'Worker is dying'],
    ])
  })

  it('Should tell what the engine failed at, with the run and the task', () => {
    const { logger, lines } = recordLines()
    const defect = {
      task: 'pay',
      place: 'order.yaml:3:5',
      message: 'x is undefined',
      stack: 'at f',
    }
    temporalLogger(logger).error('the engine failed at a run', { ...meta, ...defect })
    expect(lines).toEqual([
      [
        'error',
        {
          exec_id: 'order-1',
          workflow_id: 'order',
          task_id: 'pay',
          place: 'order.yaml:3:5',
          err: { type: 'EngineDefect', message: 'x is undefined', stack: 'at f' },
        },
        'the engine failed at a run',
      ],
    ])
  })

  it('Should leave out the token of a task, and keep the rest', () => {
    const { logger, lines } = recordLines()
    temporalLogger(logger).warn('a tool call failed', {
      task_id: 'pay',
      taskToken: 'Q2'.repeat(99),
    })
    expect(lines).toEqual([['warn', { task_id: 'pay' }, 'a tool call failed']])
  })

  it('Should name the reason of a failed run, and keep its stack for debug', () => {
    const { logger, lines } = recordLines()
    temporalLogger(logger).warn('Workflow failed', { ...meta, error: failure })
    const [shown, details] = lines
    expect(shown).toEqual([
      'info',
      {
        exec_id: 'order-1',
        workflow_id: 'order',
        error: 'ToolError:Declined: the bank declined the card',
      },
      'run failed',
    ])
    expect(details).toMatchObject(['debug', { err: failure }, 'run failed: details'])
  })

  it('Should keep a failed activity for debug: its task reports the failure', () => {
    const { logger, lines } = recordLines()
    temporalLogger(logger).warn('Activity failed', { ...meta, error: failure })
    expect(lines.map(([level]) => level)).toEqual(['debug'])
  })

  it('Should still warn of what endangers a worker, with its cause', () => {
    const { logger, lines } = recordLines()
    temporalLogger(logger).warn('Worker is dying', { error: failure })
    expect(lines).toEqual([['warn', { err: failure }, 'Worker is dying']])
  })
})
