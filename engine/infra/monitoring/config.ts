import { booleanSetting, textSetting, type SettingValues } from '../../core/setting.ts'

/** Paths that other routes own. */
const taken = ['/docs', '/openapi.json', '/healthz', '/readyz', '/api']

function isFreePath(path: string): boolean {
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) return false
  return !taken.some((owned) => path === owned || path.startsWith(`${owned}/`))
}

/** Settings of the monitoring: off unless it is switched on. */
export const monitoringSettings = {
  enabled: booleanSetting({
    yaml: 'monitoring.enabled',
    env: 'MONITORING_ENABLED',
    doc: 'Count requests and workflows and serve them to Prometheus',
    fallback: false,
  }),
  path: textSetting<string>({
    yaml: 'monitoring.path',
    env: 'MONITORING_PATH',
    doc: 'Path of the metrics on the main server',
    allowed: `a path such as /metrics, without query, that no other route owns (${taken.join(', ')})`,
    fallback: '/metrics',
    accept: isFreePath,
  }),
} as const

/** The parsed slice of {@link monitoringSettings}. */
export type MonitoringConfig = SettingValues<typeof monitoringSettings>
