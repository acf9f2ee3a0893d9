import { useEffect, useState } from 'preact/hooks'
import { keepToken, onUnauthorized } from './api/token.ts'
import { Dialog } from './ui/dialog.tsx'

/** Asks for the API token when the API refuses a request; keeps it until the tab closes. */
export function TokenDialog() {
  const [isOpen, setOpen] = useState(false)
  const [token, setToken] = useState('')
  useEffect(() => onUnauthorized(() => setOpen(true)), [])
  if (!isOpen) return null
  const submit = (event: Event) => {
    event.preventDefault()
    keepToken(token)
    location.reload()
  }
  return (
    <Dialog title="API token" onClose={() => setOpen(false)}>
      <form onSubmit={submit}>
        <p>This API needs a token. It is kept until you close this tab.</p>
        <div class="field">
          <label for="token">Token</label>
          <input
            id="token"
            type="password"
            required
            autocomplete="off"
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </div>
        <div class="buttons">
          <button type="submit" class="primary">
            Use it
          </button>
        </div>
      </form>
    </Dialog>
  )
}
