import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  readonly keyword: string
  readonly rest: string
}

/** A stage: what stands from one FROM to the next, without it. */
export interface Stage {
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** The shipped Dockerfile, stage by stage. */
export function readDockerfile(): readonly Stage[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../deploy/Dockerfile'), 'utf8')
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
  const stages: { name: string | undefined; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const [, keyword, rest] = /^(\w+)\s+(.*)$/.exec(line)!
    if (keyword === 'FROM') stages.push({ name: / AS (\w+)$/.exec(rest!)?.[1], instructions: [] })
    else stages.at(-1)?.instructions.push({ keyword: keyword!, rest: rest! })
  }
  return stages
}

/** Sources and target of a COPY from the checkout; undefined for what comes from another stage. */
export function copyOf({
  keyword,
  rest,
}: Instruction): { sources: string[]; target: string } | undefined {
  if (keyword !== 'COPY' || rest.startsWith('--from')) return undefined
  const words = rest.replace('${PROJECT}', 'examples/quickstart').split(/\s+/)
  return { sources: words.slice(0, -1), target: words.at(-1)! }
}
