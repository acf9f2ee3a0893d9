/** An exemplar at the end of a sample, and a unit of a family whose name ends in it. */
const signs = [/^[^#\n]+ [-+.\deE]+ # \{/m, /^# UNIT \w+_(\w+) \1$/m]

/** Reports whether a counter is declared without `_total` and its samples have it. */
const hasCounterOfOpenMetrics = (text: string): boolean =>
  [...text.matchAll(/^# TYPE (\w+) counter$/gm)].some(
    ([, name = '']) =>
      !name.endsWith('_total') &&
      (text.includes(`\n${name}_total `) || text.includes(`\n${name}_total{`)),
  )

/** Reports whether a text without `# EOF` is OpenMetrics that was cut off. */
export function isCutOffOpenMetrics(text: string): boolean {
  if (/^# EOF$/m.test(text)) return false
  return signs.some((sign) => sign.test(text)) || hasCounterOfOpenMetrics(text)
}
