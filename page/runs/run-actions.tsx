import { useState } from 'preact/hooks'
import {
  runPath,
  send,
  workflowPath,
  type Execution,
  type FlowTask,
  type WorkflowDetail,
} from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { ActionForm } from '../ui/action-form.tsx'
import { InputField } from '../ui/input-field.tsx'
import { SchemaField } from '../ui/schema-form.tsx'

/** Names of the signals that a workflow waits for; a name that is a template is left out. */
function awaitedSignals(tasks: readonly FlowTask[]): string[] {
  const own = tasks.flatMap(({ awaits, subject, tasks: children }) => [
    ...(awaits === true && subject !== undefined && !subject.includes('{{') ? [subject] : []),
    ...awaitedSignals(children as readonly FlowTask[]),
  ])
  return [...new Set(own)]
}

interface FormProps {
  readonly run: Execution
  readonly onClose: () => void
  readonly onDone: () => void
}

function SignalForm({ run, onClose, onDone }: FormProps) {
  const { data } = useApi<WorkflowDetail>(workflowPath(run.workflow_id))
  const names = awaitedSignals(data?.tasks ?? [])
  const [typed, setTyped] = useState<string>()
  const [payload, setPayload] = useState<unknown>()
  const [warning, setWarning] = useState<string>()
  const name = typed ?? names[0] ?? ''
  const submit = async (stay: () => void) => {
    setWarning(undefined)
    const path = `${runPath(run.exec_id)}/signals/${encodeURIComponent(name)}`
    const receipt = await send<{ readonly warning?: string }>(path, payload ?? null)
    if (receipt.warning !== undefined) stay()
    setWarning(receipt.warning)
    onDone()
  }
  return (
    <ActionForm title="Send a signal" action="Send" onClose={onClose} submit={submit}>
      <div class="field">
        <label for="signal-name">Name</label>
        <input
          id="signal-name"
          list="signal-names"
          required
          maxLength={200}
          value={name}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <datalist id="signal-names">
          {names.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        {names.length > 0 && <small>This workflow waits for: {names.join(', ')}</small>}
      </div>
      <SchemaField
        name="payload"
        schema={{ title: 'Payload (JSON)' }}
        required={false}
        value={undefined}
        onChange={setPayload}
      />
      {warning !== undefined && (
        <p class="notice" role="alert">
          The run has the signal, but {warning}
        </p>
      )}
    </ActionForm>
  )
}

function CancelForm({ run, onClose, onDone }: FormProps) {
  const submit = async () => {
    await send(`${runPath(run.exec_id)}/cancel`)
    onDone()
  }
  return (
    <ActionForm title="Cancel this run?" action="Cancel run" isDangerous {...{ onClose, submit }}>
      <p>Its tools stop, and no on_error runs.</p>
    </ActionForm>
  )
}

function TerminateForm({ run, onClose, onDone }: FormProps) {
  const [reason, setReason] = useState('')
  const submit = async () => {
    await send(`${runPath(run.exec_id)}/terminate`, reason === '' ? {} : { reason })
    onDone()
  }
  return (
    <ActionForm title="Terminate this run?" action="Terminate" isDangerous {...{ onClose, submit }}>
      <p>It ends at once: nothing of it runs any more, not even a clean-up.</p>
      <div class="field">
        <label for="reason">Reason</label>
        <input
          id="reason"
          maxLength={1_000}
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </div>
    </ActionForm>
  )
}

function RerunForm({ run, onClose }: FormProps) {
  const { data: workflow } = useApi<WorkflowDetail>(workflowPath(run.workflow_id))
  const [edited, setEdited] = useState<{ readonly input: unknown }>()
  const [from, setFrom] = useState<'start' | 'failed_task'>(
    run.status === 'failed' ? 'failed_task' : 'start',
  )
  const [definition, setDefinition] = useState<'original' | 'current'>('current')
  const submit = async () => {
    // What was not edited is that of the run, as it was accepted then. An emptied input is empty.
    const input = edited?.input === undefined ? {} : edited.input
    const isEdited = from === 'start' && edited !== undefined
    const body = { from, definition, ...(isEdited ? { input } : undefined) }
    const started = await send<{ exec_id: string }>(`${runPath(run.exec_id)}/rerun`, body)
    location.hash = `#/runs/${encodeURIComponent(started.exec_id)}`
  }
  return (
    <ActionForm title="Run again" action="Run again" onClose={onClose} submit={submit}>
      <div class="field">
        <label for="rerun-from">From</label>
        <select
          id="rerun-from"
          value={from}
          onChange={({ currentTarget }) => setFrom(currentTarget.value as typeof from)}
        >
          <option value="start">the start</option>
          <option value="failed_task" disabled={run.status === 'completed'}>
            {run.status === 'failed' ? 'the failed task' : 'the task in which it ended'}, keeping
            what succeeded
          </option>
        </select>
      </div>
      <div class="field">
        <label for="rerun-definition">Definition</label>
        <select
          id="rerun-definition"
          value={definition}
          onChange={({ currentTarget }) => setDefinition(currentTarget.value as typeof definition)}
        >
          <option value="current">the current one</option>
          <option value="original">the one of that run</option>
        </select>
      </div>
      {from === 'start' && (
        <div class="field">
          <label for="rerun-edit">Edit the input</label>
          <input
            id="rerun-edit"
            type="checkbox"
            checked={edited !== undefined}
            onChange={({ currentTarget }) =>
              setEdited(currentTarget.checked ? { input: run.input } : undefined)
            }
          />
        </div>
      )}
      {from === 'start' && edited !== undefined && (
        <InputField
          key={definition}
          // The schema of the original definition is not known any more.
          schema={definition === 'current' ? workflow?.input_schema : undefined}
          value={edited.input}
          onChange={(input) => setEdited({ input })}
        />
      )}
    </ActionForm>
  )
}

const forms = {
  signal: SignalForm,
  cancel: CancelForm,
  terminate: TerminateForm,
  rerun: RerunForm,
} as const

/** What a person can do with a run. */
export function RunActions({
  run,
  onDone,
}: {
  readonly run: Execution
  readonly onDone: () => void
}) {
  const [open, setOpen] = useState<keyof typeof forms>()
  const Form = open === undefined ? undefined : forms[open]
  const isOpen = run.status === 'running'
  return (
    <div class="buttons">
      {isOpen && (
        <>
          <button type="button" onClick={() => setOpen('signal')}>
            Signal
          </button>
          <button type="button" onClick={() => setOpen('cancel')}>
            Cancel
          </button>
          <button type="button" class="danger" onClick={() => setOpen('terminate')}>
            Terminate
          </button>
        </>
      )}
      {!isOpen && (
        <button type="button" onClick={() => setOpen('rerun')}>
          Run again
        </button>
      )}
      {Form !== undefined && <Form run={run} onClose={() => setOpen(undefined)} onDone={onDone} />}
    </div>
  )
}
