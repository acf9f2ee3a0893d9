import { controlOf, type FormSchema } from './schema-fields.ts'
import { SchemaField } from './schema-form.tsx'

/** The input of a run: the fields of its schema, or JSON without one. */
export function InputField(props: {
  readonly schema: FormSchema | null | undefined
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}) {
  const { value, onChange } = props
  const schema = props.schema ?? { title: 'Input (JSON)' }
  const required = controlOf(schema) === 'object'
  return <SchemaField name="input" {...{ schema, required, value, onChange }} />
}
