import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { faults } from './faults.ts'
import type { Heard, Verdict } from './run-fault.ts'

/** The last verdict of a fault, as it is kept. */
export interface KeptVerdict {
  /** Day of the run: 2026-11-26. */
  readonly date: string
  /** What a reader must know about this run. */
  readonly note?: string
  readonly skipped?: string
  readonly heard: Readonly<Record<string, Heard>>
}

/** The last verdict of each fault that was run, by its name. */
export type GameDayRecord = Readonly<Record<string, KeptVerdict>>

const path = resolve(import.meta.dirname, '../../bench/results/game-day.json')

/** Reads what is kept. */
export function readRecord(): GameDayRecord {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as GameDayRecord) : {}
}

/** Keeps new verdicts beside those of faults that were not run again. */
export function keep(verdicts: readonly Verdict[], date: string): void {
  const fresh = Object.fromEntries(
    verdicts.map(({ fault, skipped, heard }): [string, KeptVerdict] => [
      fault.name,
      skipped === undefined ? { date, heard } : { date, skipped, heard },
    ]),
  )
  const record = { ...readRecord(), ...fresh }
  const known = faults.flatMap(({ name }) =>
    record[name] === undefined ? [] : [[name, record[name]] as const],
  )
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`)
}
