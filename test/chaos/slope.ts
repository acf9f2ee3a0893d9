/** One measurement: hours since the start, and what was measured. */
export interface Point {
  readonly hours: number
  readonly value: number
}

/** Growth per hour with its 95 % interval. */
export interface Slope {
  readonly perHour: number
  readonly low: number
  readonly high: number
}

interface Line {
  readonly intercept: number
  readonly slope: number
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function leastSquares(points: readonly Point[]): Line {
  const [x, y] = [mean(points.map(({ hours }) => hours)), mean(points.map(({ value }) => value))]
  const above = points.reduce((sum, { hours, value }) => sum + (hours - x) * (value - y), 0)
  const below = points.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0)
  const slope = above / below
  return { intercept: y - slope * x, slope }
}

const draws = 2_000

/**
 * The least-squares slope with a block bootstrap of its residuals: neighboring measurements of
 * memory are alike, so they are drawn in blocks of `blockLength` that keep that likeness.
 */
export function slopeOf(
  points: readonly Point[],
  blockLength: number,
  random: () => number,
): Slope {
  const line = leastSquares(points)
  const fitted = points.map(({ hours }) => line.intercept + line.slope * hours)
  const residuals = points.map(({ value }, index) => value - fitted[index]!)
  const slopes = Array.from({ length: draws }, () => {
    const drawn: number[] = []
    while (drawn.length < points.length) {
      const from = Math.floor(random() * (residuals.length - blockLength + 1))
      drawn.push(...residuals.slice(from, from + blockLength))
    }
    return leastSquares(
      points.map(({ hours }, index) => ({ hours, value: fitted[index]! + drawn[index]! })),
    ).slope
  }).toSorted((a, b) => a - b)
  return { perHour: line.slope, low: slopes[draws * 0.025]!, high: slopes[draws * 0.975]! }
}
