import { useId, type JSX, type ReactNode } from "react"
import { usePanelWords } from "../language.ts"

/** The attributes that connect a control with its label and its problem. */
interface ControlAttributes {
  readonly id: string
  readonly "aria-describedby": string | undefined
  readonly "aria-invalid": boolean
  readonly "aria-required": boolean
}

export interface FieldProps {
  readonly label: ReactNode
  readonly hint?: string | undefined
  readonly problem?: string | undefined
  readonly isNeeded?: boolean
  readonly className?: string
  readonly children: (attributes: ControlAttributes) => JSX.Element
}

/** A control with its label above and, below it, a hint or what is wrong with its value. */
export function Field({ label, hint, problem, isNeeded = false, className = "", children }: FieldProps): JSX.Element {
  const words = usePanelWords()
  const id = useId()
  const noteId = `${id}-note`
  const note = problem ?? hint
  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>
        {label}
        {isNeeded && (
          <span className="needed" title={words.needed} aria-hidden="true">
            *
          </span>
        )}
      </label>
      {children({
        id,
        "aria-describedby": note === undefined ? undefined : noteId,
        "aria-invalid": problem !== undefined,
        "aria-required": isNeeded,
      })}
      {note !== undefined && (
        <p id={noteId} className={problem === undefined ? "hint" : "problem"}>
          {note}
        </p>
      )}
    </div>
  )
}
