import type { JSX } from "react"
import { classNames } from "../class-names.ts"
import { Check } from "../icons/icons.tsx"
import { useWords } from "../surroundings.ts"
import { useForm } from "./card-form.tsx"

interface PressButtonProps {
  /** The name of the press in the callback event. */
  readonly name: string
  readonly text: string
  readonly className: string
  /** False for the menu, whose events have no answers. */
  readonly isWithAnswers?: boolean
  readonly onPressed?: () => void
}

export function PressButton({ name, text, className, isWithAnswers = true, onPressed }: PressButtonProps): JSX.Element {
  const words = useWords()
  const { press, isPending, pressed } = useForm()
  const isChosen = pressed === name
  return (
    <button
      type="button"
      className={classNames(className, pressed !== undefined && (isChosen ? "wb-chosen" : "wb-off"))}
      disabled={press === undefined}
      // Not `disabled`: that would take the focus away from the button while the reader uses it.
      aria-disabled={isPending}
      onClick={() => {
        if (isPending || press === undefined) return
        press(name, isWithAnswers)
        onPressed?.()
      }}
    >
      {isChosen && (
        <>
          <Check />
          <span className="wb-hidden">{words.pressed} </span>
        </>
      )}
      {text}
    </button>
  )
}
