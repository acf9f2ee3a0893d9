import type { VectorSample } from './value.ts'

const escapes: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

function valueOf(text: string): number {
  if (text === '+Inf') return Infinity
  return text === '-Inf' ? -Infinity : Number(text)
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
    labels[name!] = value!.replace(
      /\\(.)/g,
      (_, character: string) => escapes[character] ?? character,
    )
  return labels
}

/**
 * Reads the Prometheus text format 0.0.4: the samples of the metrics that `isWanted` names, each
 * with `target`'s labels, as a scrape gives them.
 */
export function parseExposition(
  text: string,
  target: Readonly<Record<string, string>>,
  isWanted: (name: string) => boolean = () => true,
): VectorSample[] {
  const samples: VectorSample[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] =
      /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? +(\S+)/.exec(line) ?? []
    if (name !== '' && isWanted(name))
      samples.push({
        labels: { ...labelsOf(labels), ...target, __name__: name },
        value: valueOf(value),
      })
  }
  return samples
}
