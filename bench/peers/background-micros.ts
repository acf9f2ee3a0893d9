import { pacedMicros } from '../load/cpu-micros.ts'
import { perSecond, wholeMix } from '../load/mix.ts'
import { trimmedMean } from '../statistics.ts'
import { startBackgrounds } from './backgrounds.ts'
import { withEngines, type Surroundings } from './engines.ts'

/** Monitorings whose background is measured at once: that of one is lost in the noise. */
const backgrounds = 40

/** How long a background is measured. */
export interface BackgroundSizes {
  /** Times that it is switched on, and how long it settles before, s. */
  readonly switches: number
  readonly settle: number
  /** Measured windows between two switches, and their length, s. */
  readonly windows: number
  readonly window: number
}

/** µs of CPU a second: what a background adds, and what none adds. */
interface Background {
  readonly added: readonly number[]
  readonly control: readonly number[]
}

/**
 * µs of CPU a second that monitoring takes besides requests, in a process that answers the
 * specified load: with the background of many engines and without it, in turns.
 */
export async function backgroundMicros(
  surroundings: Surroundings,
  random: () => number,
  { switches, settle, windows, window }: BackgroundSizes,
  progress: (share: number) => void,
): Promise<Background> {
  return withEngines<'off', Background>(surroundings, ['off'], async (portOf, generator) => {
    const load = async (seconds: number) => {
      const mixes = (seconds * perSecond) / wholeMix
      return (await pacedMicros(generator, [portOf('off')], mixes, random)).perSecond
    }
    const block = async (): Promise<number[]> => {
      await load(settle)
      const found: number[] = []
      for (let i = 0; i < windows; i++) found.push(await load(window))
      return found
    }
    const without = [await block()]
    const blocks: number[][] = []
    for (let i = 0; i < switches; i++) {
      const started = await startBackgrounds(surroundings, backgrounds)
      blocks.push(await block())
      await started.stop()
      without.push(await block())
      progress((i + 1) / switches)
    }
    /** What a block takes more than those before and after it, for each background. */
    const beyond = (
      block: readonly number[],
      before: readonly number[],
      after: readonly number[],
    ) => {
      const level = trimmedMean([...before, ...after])
      return block.map((micros) => (micros - level) / backgrounds)
    }
    return {
      added: blocks.flatMap((block, i) => beyond(block, without[i]!, without[i + 1]!)),
      control: without
        .slice(1, -1)
        .flatMap((block, i) => beyond(block, without[i]!, without[i + 2]!)),
    }
  })
}
