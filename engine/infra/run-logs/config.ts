import { integerSetting, pathSetting } from '../../core/setting.ts'

/** Settings of the logs of runs. */
export const runLogSettings = {
  dir: pathSetting({
    yaml: 'logs.dir',
    env: 'COMPOZY_LOGS_DIR',
    doc: 'Folder that keeps what tools print, by run, for the API. Unset, only `dev` and `run` keep it, in .compozy/logs',
    allowed: 'the path of a folder',
    fallback: null,
  }),
  maxBytes: integerSetting({
    yaml: 'logs.max_bytes',
    doc: 'Size of that folder, in bytes; the logs of the oldest runs are removed past it. 0 keeps no logs',
    fallback: 268_435_456,
    min: 0,
    max: 1_099_511_627_776,
  }),
} as const
