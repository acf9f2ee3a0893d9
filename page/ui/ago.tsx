import { useEffect, useState } from 'preact/hooks'
import { formatAge, formatTime } from '../format.ts'

/** The current time, ms; renders again every `everyMs`. */
export function useNow(everyMs = 5_000): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** A time as its distance from now; the exact time stands in its title. */
export function Ago({ time }: { readonly time: string | null | undefined }) {
  const now = useNow()
  if (time === null || time === undefined) return <span>–</span>
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatAge(time, now)}
    </time>
  )
}
