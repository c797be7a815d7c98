import { useId, type JSX } from "react"
import { classNames } from "../class-names.ts"
import { useWords } from "../surroundings.ts"
import { useForm } from "./card-form.tsx"
import type { Question } from "./question.ts"

/** Boxes to tick, or one choice where only one may be made. */
export function CheckboxField({
  question,
  label,
}: {
  readonly question: Question
  readonly label: string
}): JSX.Element {
  const words = useWords()
  // A radio belongs to its name, on the whole page: the same card may be there twice.
  const name = useId()
  const { press, isPending, isSettled, answers, answer } = useForm()
  const { key, options, takesSeveral, chosen } = question
  const isOff = question.isOff || isSettled
  const ids = answers.get(key) ?? chosen

  const change = (id: string, isChecked: boolean): void => {
    if (!takesSeveral) return answer(key, [id])
    answer(
      key,
      options.map((option) => option.id).filter((other) => (other === id ? isChecked : ids.includes(other))),
    )
  }
  return (
    <fieldset
      className={classNames("wb-options", isOff && "wb-off")}
      aria-label={label || words.options}
      disabled={press === undefined || isPending || isOff}
    >
      {options.map(({ id, text }, index) => (
        <label key={index} className="wb-option">
          <input
            type={takesSeveral ? "checkbox" : "radio"}
            name={name}
            value={id}
            checked={ids.includes(id)}
            onChange={(event) => change(id, event.target.checked)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  )
}
