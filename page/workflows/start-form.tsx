import { useState } from 'preact/hooks'
import { send, workflowPath, type Workflow } from '../api/client.ts'
import { hashOf } from '../location.ts'
import { ActionForm } from '../ui/action-form.tsx'
import { InputField } from '../ui/input-field.tsx'
import { startingValue, type FormSchema } from '../ui/schema-fields.ts'

/** Starts a run: a form made from the schema of the workflow's input. */
export function StartForm(props: { readonly workflow: Workflow; readonly onClose: () => void }) {
  const { workflow, onClose } = props
  const schema = workflow.input_schema as FormSchema | null
  const [input, setInput] = useState<unknown>(() => startingValue(schema ?? {}))
  const submit = async () => {
    const path = `${workflowPath(workflow.id)}/executions`
    const { exec_id } = await send<{ exec_id: string }>(path, input === undefined ? {} : { input })
    location.hash = hashOf(['runs', exec_id])
  }
  return (
    <ActionForm title={`Start ${workflow.id}`} action="Start" onClose={onClose} submit={submit}>
      <InputField schema={schema} value={input} onChange={setInput} />
    </ActionForm>
  )
}
