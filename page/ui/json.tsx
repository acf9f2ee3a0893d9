import { useState } from 'preact/hooks'
import { formatBytes } from '../format.ts'

/** Characters that are shown before a reader asks for the rest. */
const shownAtFirst = 4_000

/** A JSON value as text; long ones are cut, with a button for the rest. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }) {
  const [whole, setWhole] = useState(false)
  const text = value === undefined ? 'nothing' : JSON.stringify(value, null, 2)
  const isCut = !whole && text.length > shownAtFirst
  return (
    <div class="json">
      <pre tabIndex={0} role="region" aria-label={label}>
        {isCut ? `${text.slice(0, shownAtFirst)}…` : text}
      </pre>
      {isCut && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {formatBytes(text.length)}
        </button>
      )}
    </div>
  )
}
