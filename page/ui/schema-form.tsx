import { useId, useState } from 'preact/hooks'
import {
  changeField,
  controlOf,
  problemOfNumber,
  readJson,
  readNumber,
  startingValue,
  type FormSchema,
} from './schema-fields.ts'

interface FieldProps {
  readonly name: string
  readonly schema: FormSchema
  readonly required: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

function JsonField({ id, value, onChange }: FieldProps & { readonly id: string }) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2))
  const [error, setError] = useState('')
  const change = (next: string, field: HTMLTextAreaElement) => {
    setText(next)
    const read = readJson(next)
    const problem = 'problem' in read ? read.problem : ''
    if ('value' in read) onChange(read.value)
    setError(problem)
    field.setCustomValidity(problem)
  }
  return (
    <>
      <textarea
        id={id}
        rows={Math.min(12, Math.max(3, text.split('\n').length))}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => change(currentTarget.value, currentTarget)}
      />
      {error !== '' && <small class="bad">{error}</small>}
    </>
  )
}

/** A number, shown as it is typed: the number itself would turn `0.0` into `0` at once. */
function NumberField({
  id,
  schema,
  required,
  value,
  onChange,
}: FieldProps & { readonly id: string }) {
  const [text, setText] = useState(typeof value === 'number' ? String(value) : '')
  const change = (field: HTMLInputElement) => {
    setText(field.value)
    field.setCustomValidity(problemOfNumber(field.value))
    onChange(readNumber(field.value))
  }
  return (
    <input
      id={id}
      type="number"
      step={schema.type === 'integer' ? 1 : 'any'}
      required={required}
      min={schema.minimum}
      max={schema.maximum}
      value={text}
      onInput={({ currentTarget }) => change(currentTarget)}
    />
  )
}

function Control(props: FieldProps & { readonly id: string }) {
  const { id, schema, value, required, onChange } = props
  switch (controlOf(schema)) {
    case 'choice':
      return (
        <select
          id={id}
          required={required}
          value={value === undefined ? '' : JSON.stringify(value)}
          onChange={({ currentTarget }) =>
            onChange(currentTarget.value === '' ? undefined : JSON.parse(currentTarget.value))
          }
        >
          <option value="">–</option>
          {schema.enum?.map((one) => (
            <option key={JSON.stringify(one)} value={JSON.stringify(one)}>
              {String(one)}
            </option>
          ))}
        </select>
      )
    case 'flag':
      return (
        <input
          id={id}
          type="checkbox"
          checked={value === true}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
      )
    case 'number':
      return <NumberField {...props} />
    case 'text':
      return (
        <input
          id={id}
          type="text"
          required={required}
          value={value as string | undefined}
          onInput={({ currentTarget }) =>
            onChange(currentTarget.value === '' ? undefined : currentTarget.value)
          }
        />
      )
    default:
      return <JsonField {...props} />
  }
}

/** Keys of so many entries: those that are known, and new ones for those that have come since. */
function keysOf(known: readonly number[], count: number): readonly number[] {
  const next = Math.max(-1, ...known) + 1
  return Array.from({ length: count }, (_, at) => known[at] ?? next + at)
}

/** A list: each entry with a button that removes it, and one that adds another. */
function ListField({ name, schema, value, onChange }: FieldProps) {
  const entries = Array.isArray(value) ? (value as readonly unknown[]) : []
  // What was typed belongs to its entry, also where one before it is removed.
  const [known, setKeys] = useState<readonly number[]>([])
  const keys = keysOf(known, entries.length)
  const remove = (i: number) => {
    setKeys(keys.filter((_, at) => at !== i))
    onChange(entries.filter((_, at) => at !== i))
  }
  const add = () => {
    setKeys(keysOf(keys, entries.length + 1))
    onChange([...entries, startingValue(schema.items ?? {})])
  }
  const item = schema.items ?? {}
  const title = schema.title ?? name
  return (
    <fieldset>
      <legend>{title}</legend>
      {entries.map((entry, i) => (
        <div class="entry" key={keys[i]}>
          <SchemaField
            name={`${title} ${i + 1}`}
            schema={item}
            required
            value={entry}
            onChange={(next) => onChange(entries.with(i, next))}
          />
          <button type="button" onClick={() => remove(i)}>
            Remove <span class="hidden">{`${title} ${i + 1}`}</span>
          </button>
        </div>
      ))}
      <button type="button" onClick={add}>
        Add <span class="hidden">to {title}</span>
      </button>
    </fieldset>
  )
}

/** One field of a form; an object shows its own fields. */
export function SchemaField(props: FieldProps) {
  const id = useId()
  const { name, schema, required, value, onChange } = props
  if (controlOf(schema) === 'list') return <ListField {...props} />
  if (controlOf(schema) === 'object') {
    const object = (value ?? undefined) as Readonly<Record<string, unknown>> | undefined
    // What an object must have, it must have once it is there.
    const fields = new Set(required || object !== undefined ? schema.required : [])
    return (
      <fieldset>
        <legend>{schema.title ?? name}</legend>
        {Object.entries(schema.properties ?? {}).map(([key, field]) => (
          <SchemaField
            key={key}
            name={key}
            schema={field}
            required={fields.has(key)}
            value={object?.[key]}
            onChange={(next) =>
              onChange(changeField({ schema, required, value: object }, key, next))
            }
          />
        ))}
      </fieldset>
    )
  }
  return (
    <div class="field">
      <label for={id}>
        {schema.title ?? name}
        {required && <span aria-hidden="true"> *</span>}
      </label>
      <Control {...props} id={id} />
      {schema.description !== undefined && <small>{schema.description}</small>}
    </div>
  )
}
