import type { Fault } from './fault.ts'
import { processFaults } from './process-faults.ts'
import { temporalFaults } from './temporal-faults.ts'

/** Every fault of the game day. */
export const faults: readonly Fault[] = [...temporalFaults, ...processFaults]
