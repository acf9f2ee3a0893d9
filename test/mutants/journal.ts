import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** How a mutant came out of one test: a time-out counts as killed. */
export type Outcome = 'killed' | 'timeout' | 'survived'

/** A mutant that a worker tries. */
export interface Attempt {
  type: 'begin'
  worker: string
  mutant: string
  file: string
  /** When it hangs, ms since 1970. */
  hangsAt: number
}

/** What a worker notes, one JSON object a line, so that nothing is lost when it is killed. */
export type Note =
  | Attempt
  | { type: 'end'; worker: string; mutant: string; file: string; outcome: Outcome; hits: number }
  /** The test also failed without the mutant: its state was spoiled, and the file starts anew. */
  | { type: 'spoiled'; file: string; mutant: string; test: string }
  /** A test that fails without any mutant judges nothing. */
  | { type: 'broken'; file: string; test: string }
  /** A test file is done; `atLoad` are the mutants that ran outside of every test. */
  | { type: 'file'; file: string; atLoad: readonly string[] }
  /** A run of whole test files with the mutant active from the start. */
  | { type: 'fresh'; mutant: string; outcome: Outcome }

/** Adds a line to the journal. */
export function note(path: string, entry: Note): void {
  appendFileSync(path, `${JSON.stringify(entry)}\n`)
}

/** Reads every whole line of the journal. */
export function readNotes(path: string): readonly Note[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Note)
}

/** The mutants that some test killed. */
export function killedIn(notes: readonly Note[]): Set<string> {
  const killed = new Set<string>()
  for (const entry of notes) {
    if ((entry.type === 'end' || entry.type === 'fresh') && entry.outcome !== 'survived') {
      killed.add(entry.mutant)
    }
  }
  return killed
}
