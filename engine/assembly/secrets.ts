import { readFileSync } from 'node:fs'
import { CompozyError } from '../core/errors.ts'
import type { Project } from '../project/project.ts'

/** Environment variables that hold the secrets of tools. */
export type SecretEnv = Readonly<Record<string, string | undefined>>

/**
 * Returns the token in a file that the setting `name` points to, undefined when it points to none.
 * Throws CompozyError `config_invalid` for a file that cannot be read or is empty.
 */
export function readTokenFile(name: string, file: string | null): string | undefined {
  if (file === null) return undefined
  let token: string
  try {
    token = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new CompozyError('config_invalid', `${name}=${file}: the file cannot be read`, { cause })
  }
  if (token === '') throw new CompozyError('config_invalid', `${name}=${file}: the file is empty`)
  return token
}

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
    `secrets are missing from the environment; set them:\n${missing.join('\n')}`,
  )
}
