import { isJsonObject, type JsonValue } from '../../core/json.ts'
import type { Path } from '../../core/source.ts'
import type { WrittenTask } from '../../kinds/kind.ts'
import { movedFromTaskConfig } from '../../schema/migration-hints.ts'
import { kindOf, type Report } from '../../schema/report.ts'
import { variableName } from '../shapes/workflow-shape.ts'

/** One error for each key of a task's former `config`, naming its new place. */
export function refuseConfig(config: JsonValue, path: Path, report: Report): void {
  const at = [...path, 'config']
  const keys = isJsonObject(config) ? Object.keys(config) : []
  for (const key of keys) {
    const hint =
      movedFromTaskConfig[key] ?? 'values for a tool go under "with"; a task has no config'
    report.error([...at, key], `config.${key} has moved`, { key: true, hint })
  }
  if (keys.length === 0)
    report.error(at, 'a task has no config', {
      key: true,
      hint: 'its keys stand under the task itself',
    })
}

function checkEnvNames(env: JsonValue, path: Path, report: Report): void {
  if (!isJsonObject(env)) return report.error(path, `"env" must be a mapping, not ${kindOf(env)}`)
  for (const name of Object.keys(env))
    if (!new RegExp(variableName.pattern).test(name))
      report.error([...path, name], `the name "${name}" must be ${variableName.allowed}`, {
        key: true,
      })
}

/** Checks what no single key can say, for a task of any kind. */
export function checkTask({ raw, path, report }: WrittenTask): void {
  const env = raw['env'] ?? null
  if (env !== null) checkEnvNames(env, [...path, 'env'], report)
  const success = raw['on_success']
  const next = isJsonObject(success) ? (success['next'] ?? null) : null
  if (raw['final'] === true && next !== null)
    report.error(
      [...path, 'on_success', 'next'],
      'a task with final: true ends the run, so it has no next',
      { hint: 'remove final: true or this next' },
    )
}
