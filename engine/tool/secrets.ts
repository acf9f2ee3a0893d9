/** Shorter values occur everywhere by chance. */
const shortestSecret = 4
/** A line of a secret of several lines, and the start of a secret at the end of a cut text. */
const shortestPart = 8

/** Names of variables whose values are secret even where `env` declares them. */
const secretName =
  /(secret|passw(or)?d|passphrase|token|credential|api_?key|private_?key|access_?key)/i

/** Returns the secrets that are set, by name. */
export function pickSecrets(
  names: readonly string[],
  source: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const secrets: Record<string, string> = {}
  for (const name of names) {
    const value = source[name]
    if (value !== undefined) secrets[name] = value
  }
  return secrets
}

/** Returns the variables of an environment whose names say that they are secret. */
export function secretVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => secretName.test(name)))
}

/**
 * Returns what base64 makes of bytes inside a longer text, such as `user:secret` of an
 * `authorization` header: at each of three offsets, the characters that no neighbor changes.
 */
function innerBase64(bytes: Buffer): string[] {
  return [0, 1, 2]
    .map((offset) => {
      const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
      return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
    })
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
    .filter((form) => form.length >= shortestPart)
}

/** Returns the forms in which a secret may appear in text. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value)
  const base64 = bytes.toString('base64')
  const lines = value.split('\n').map((line) => line.trim())
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    new URLSearchParams({ v: value }).toString().slice(2),
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
    ...innerBase64(bytes),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...(lines.length > 1 ? lines.filter((line) => line.length >= shortestPart) : []),
  ]
}

interface SecretForm {
  readonly name: string
  readonly form: string
}

/** Replaces the start of a secret that a cut left at the end of a text. */
function redactCutEnd(text: string, forms: readonly SecretForm[]): string {
  for (const { name, form } of forms) {
    const start = form.slice(0, shortestPart)
    if (start.length < shortestPart) continue
    let at = text.indexOf(start, Math.max(0, text.length - form.length))
    for (; at >= 0; at = text.indexOf(start, at + 1)) {
      if (form.startsWith(text.slice(at))) return `${text.slice(0, at)}[secret ${name}]`
    }
  }
  return text
}

/**
 * Creates a function that replaces the values of secrets in a text: as they are, escaped as in
 * JSON, percent-encoded, in hex, in base64 alone or inside a longer text, line by line if they have
 * several lines, and cut off at the text's end. A secret that was changed in any other way is not
 * found.
 *
 * @example createRedact({ KEY: 'hunter2' })('key hunter2 refused') // 'key [secret KEY] refused'
 */
export function createRedact(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const forms = Object.entries(secrets)
    .filter(([, value]) => value.length >= shortestSecret)
    .flatMap(([name, value]) => [...new Set(formsOf(value))].map((form) => ({ name, form })))
    // The longest first: one secret may be the beginning of another.
    .sort((a, b) => b.form.length - a.form.length)
  if (forms.length === 0) return (text) => text
  return (text) => {
    let rest = text
    for (const { name, form } of forms) {
      if (rest.includes(form)) rest = rest.replaceAll(form, () => `[secret ${name}]`)
    }
    return redactCutEnd(rest, forms)
  }
}
