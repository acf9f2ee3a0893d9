import { choiceSetting } from '../core/setting.ts'

/** How much is logged, and how. */
export const logSettings = {
  level: choiceSetting({
    env: 'COMPOZY_LOG_LEVEL',
    flag: 'log-level',
    doc: 'Least severe log line that is written; debug also shows stack traces of errors',
    fallback: 'info',
    of: ['debug', 'info', 'warn', 'error', 'silent'],
  }),
} as const
