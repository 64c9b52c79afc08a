import { type DocumentNode, type GraphQLField, type GraphQLSchema, getNamedType } from 'graphql'
import { useState } from 'react'
import { fieldsOf, isSelected, type Place, toggleField } from './edit-selection.ts'

interface FieldTreeProps {
  schema: GraphQLSchema
  document: DocumentNode | null
  /** Whose fields these are. */
  place: Place
  type: string
  /** Only fields with this in their names. */
  filter?: string
  onText: (text: string) => void
}

/** The fields of a type, each with a box, and what is below those that are chosen or opened. */
export function FieldTree({ type, filter = '', ...props }: FieldTreeProps) {
  const fields = fieldsOf(props.schema, type).filter((field) => field.name.toLowerCase().includes(filter.toLowerCase()))
  return (
    <ul className="explorer-fields">
      {fields.map((field) => (
        <FieldRow key={field.name} field={field} {...props} />
      ))}
    </ul>
  )
}

type FieldRowProps = Omit<FieldTreeProps, 'type' | 'filter'> & { field: GraphQLField<unknown, unknown> }

function FieldRow({ field, schema, document, place, onText }: FieldRowProps) {
  const own: Place = { kind: place.kind, path: [...place.path, field.name] }
  const selected = isSelected(document, own)
  const [opened, setOpened] = useState<boolean | null>(null)
  const type = getNamedType(field.type).name
  const hasFields = fieldsOf(schema, type).length > 0
  const open = hasFields && (opened ?? selected)
  const path = own.path.join('.')
  return (
    <li>
      <div className="explorer-field">
        {hasFields ? (
          <button
            type="button"
            className="explorer-open"
            aria-expanded={open}
            aria-label={`Fields of ${path}`}
            onClick={() => setOpened(!open)}
          />
        ) : (
          <span className="explorer-open" />
        )}
        <label title={field.description ?? undefined}>
          <input
            type="checkbox"
            aria-label={path}
            checked={selected}
            onChange={() => onText(toggleField(document, schema, own))}
          />
          <span className={field.deprecationReason == null ? '' : 'deprecated'}>{field.name}</span>
          <code>{String(field.type)}</code>
        </label>
      </div>
      {open && <FieldTree schema={schema} document={document} place={own} type={type} onText={onText} />}
    </li>
  )
}
