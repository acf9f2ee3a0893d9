import { CompozyError } from '../core/errors.ts'
import type { Project } from '../project/project.ts'

/** Environment variables that hold the secrets of tools. */
export type SecretEnv = Readonly<Record<string, string | undefined>>

/**
 * Throws CompozyError `config_invalid` that names every secret missing from the environment.
 * Without this check, a tool would fail at its first call.
 */
export function requireToolSecrets(project: Project, env: SecretEnv): void {
  const missing = [...project.tools.values()].flatMap(({ key, secrets }) =>
    secrets
      .filter((name) => !env[name])
      .map((name) => `tool "${key}" needs the environment variable ${name}`),
  )
  if (missing.length === 0) return
  throw new CompozyError(
    'config_invalid',
    `secrets are missing; set them in the environment (.env is not read for secrets):\n${missing.join('\n')}`,
  )
}
