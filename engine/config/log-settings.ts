import { choiceSetting } from '../core/setting.ts'

/** Settings of the log. */
export const logSettings = {
  level: choiceSetting({
    env: 'COMPOZY_LOG_LEVEL',
    flag: 'log-level',
    doc: 'Lowest level that is logged; debug also logs stack traces of errors',
    fallback: 'info',
    of: ['debug', 'info', 'warn', 'error', 'silent'],
  }),
} as const
