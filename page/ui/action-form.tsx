import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ApiProblem, explain } from '../api/problem.ts'
import { Dialog } from './dialog.tsx'

/** A dialog with a form that changes something; a refusal stays readable above the buttons. */
export function ActionForm({
  title,
  action,
  isDangerous = false,
  onClose,
  submit,
  children,
}: {
  readonly title: string
  /** Word of the button. */
  readonly action: string
  readonly isDangerous?: boolean
  readonly onClose: () => void
  /** Closes the dialog unless it calls `stay`: there is more to read or to do. */
  readonly submit: (stay: () => void) => Promise<void>
  readonly children: ComponentChildren
}) {
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const run = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    const after = { closes: true }
    try {
      await submit(() => (after.closes = false))
      if (after.closes) onClose()
      else setBusy(false)
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void run(event)}>
        {children}
        {error !== undefined && (
          <div class="notice bad" role="alert">
            {explain(error)}
            {error instanceof ApiProblem && error.violations.length > 0 && (
              <ul>
                {error.violations.map(({ pointer, message }) => (
                  <li key={pointer + message}>
                    <code>{pointer}</code> {message}
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'primary'} disabled={isBusy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
