import { pathToFileURL } from 'node:url'
import { toolLimits } from '../limits.ts'
import { escapeControls } from './terminal-text.ts'

/** Cleans the texts of a tool before they reach an error, the log or a terminal. */
export interface TextCleaner {
  /** Removes secrets and makes control sequences visible. */
  clean(text: string): string
  /**
   * Makes the project's paths relative: `file:///…/tools/price.ts:3:9` becomes
   * `tools/price.ts:3:9`.
   */
  relative(text: string): string
  /**
   * Returns the frames of a stack that lie in the project, cleaned: `price (tools/price.ts:3:9)`.
   */
  ownFrames(stack: string): string[]
}

/** Creates the cleaner for one tool of one project. */
export function createTextCleaner(
  projectDir: string,
  redact: (text: string) => string,
): TextCleaner {
  const projectUrl = `${pathToFileURL(projectDir).href}/`
  const clean = (text: string) => escapeControls(redact(text))
  const relative = (text: string) =>
    text.replaceAll(projectUrl, '').replaceAll(`${projectDir}/`, '')
  return {
    clean,
    relative,
    ownFrames: (stack) =>
      stack
        .split('\n')
        .filter((line) => line.startsWith('    at ') && line.includes(projectUrl))
        .slice(0, toolLimits.frames)
        .map((line) => clean(relative(line.slice('    at '.length))))
        .map((line) => shorten(line, toolLimits.frameCharacters)),
  }
}

/** Returns at most `longest` characters of a text, and how many more there were. */
export function shorten(text: string, longest: number, alreadyCut = 0): string {
  const shown = text.slice(0, longest).toWellFormed()
  const cut = text.length - shown.length + alreadyCut
  return cut === 0 ? shown : `${shown}… (${cut} more characters)`
}
