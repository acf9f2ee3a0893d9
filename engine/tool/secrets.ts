/** Shorter values would be found everywhere: they are no secrets. */
const shortest = 4

/** The secrets that are set, by name. */
export function pickSecrets(
  names: readonly string[],
  source: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const found = names.flatMap((name) =>
    source[name] === undefined ? [] : [[name, source[name]] as const],
  )
  return Object.fromEntries(found)
}

/**
 * A function that takes the values of secrets out of a text: what a tool prints or throws by accident must reach
 * neither the log nor a run's history.
 *
 * @example createRedact({ KEY: 'hunter2' })('key hunter2 refused') // 'key [secret KEY] refused'
 */
export function createRedact(secrets: Readonly<Record<string, string>>): (text: string) => string {
  // The longest first: one secret may be the beginning of another.
  const known = Object.entries(secrets)
    .filter(([, value]) => value.length >= shortest)
    .sort(([, a], [, b]) => b.length - a.length)
  return (text) =>
    known.reduce((rest, [name, value]) => rest.replaceAll(value, () => `[secret ${name}]`), text)
}
