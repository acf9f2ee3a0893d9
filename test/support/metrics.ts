/** One sample of an exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the samples of a text exposition. */
export function parseSamples(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line)
      if (match === null) throw new Error(`not a sample: ${line}`)
      const [, name, labels = '', value] = match
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, key, text]) => [key!, text!] as const,
      )
      return {
        name: name!,
        labels: Object.fromEntries(pairs),
        value: Number(value!.replace('Inf', 'Infinity')),
      }
    })
}

/** Sum of a family's samples whose labels include these. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0)
}

/** Scrapes an endpoint. */
export async function scrape(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ text: string; samples: Sample[] }> {
  const response = await fetch(url, { headers })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`the scrape answered ${response.status}: ${text}`)
  return { text, samples: parseSamples(text) }
}
