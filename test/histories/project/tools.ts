interface Context {
  attempt: number
}

export const echo = async (input: unknown) => input

export const shout = async ({ text }: { text: string }) => ({ text: text.toUpperCase() })

export async function flaky(_input: unknown, { attempt }: Context) {
  if (attempt < 3) throw new RangeError(`attempt ${attempt} is too early`)
  return { attempt }
}

export async function refuse() {
  throw new TypeError('never')
}

export async function hang() {
  await new Promise((resolve) => setTimeout(resolve, 600_000))
}

export const nap = ({ ms }: { ms: number }) => new Promise((resolve) => setTimeout(resolve, ms))

export const fill = async ({ bytes }: { bytes: number }) => 'x'.repeat(bytes)
