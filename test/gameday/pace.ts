import type { Pace } from '../../engine/infra/monitoring/rules/pace.ts'

const tenMinutes = 600
const tenMinutesHere = 40

/**
 * How long a time of the shipped rules lasts in the game day, in seconds. Ten minutes are 40
 * seconds. Shorter times shrink less, because processes start and answer in real time; longer ones
 * shrink more, so that three days are little more than a minute.
 */
export const gameDayPace: Pace = (seconds) => {
  const exponent = seconds <= tenMinutes ? 0.75 : 0.1
  return Math.ceil(tenMinutesHere * (seconds / tenMinutes) ** exponent)
}

/** How long a time lasts in the game day, in ms. */
export const paceMs = (seconds: number): number =>
  seconds === 0 ? 0 : gameDayPace(seconds) * 1_000
