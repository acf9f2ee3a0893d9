import type { TemplateIr } from './ir.ts'

/** Whether a string holds a template at all. */
export function hasTemplate(text: string): boolean {
  return text.includes('{{')
}

/**
 * Compiles one string with `{{ … }}`.
 * @param place `file:line:column` of the string, kept for errors at run time
 * @throws TemplateSyntaxError with offsets into `text`
 */
export function parseTemplate(text: string, place: string): TemplateIr {
  throw new Error(`not built yet: ${text} ${place}`)
}
