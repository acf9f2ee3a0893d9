import { CompozyError } from '../../../core/errors.ts'

const claimed = Symbol('compozy.monitoring.claimed')

/** Refuses a server or worker that a monitoring already counts: each event would count twice. */
export function claim(target: object, what: string): void {
  if (Object.hasOwn(target, claimed))
    throw new CompozyError(
      'conflict',
      `${what} is already monitored; attach one monitoring to it, once`,
    )
  Object.defineProperty(target, claimed, { value: true })
}
