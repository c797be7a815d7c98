import type { JSX } from "react"
import { classNames } from "../class-names.ts"
import { Chevron } from "../icons/icons.tsx"
import { useWords } from "../surroundings.ts"
import { useForm } from "./card-form.tsx"
import type { Question } from "./question.ts"

/** A row with what is asked, and a list to choose the answer from. */
export function SelectField({ question }: { readonly question: Question }): JSX.Element {
  const words = useWords()
  const { press, isPending, isSettled, answers, answer } = useForm()
  const { key, title, options, chosen } = question
  const isOff = question.isOff || isSettled
  const [value = ""] = answers.get(key) ?? chosen
  return (
    <label className={classNames("wb-select", isOff && "wb-off")}>
      <span>{title || words.choose}</span>
      <select
        value={value}
        disabled={press === undefined || isPending || isOff}
        onChange={(event) => answer(key, [event.target.value])}
      >
        {options.map(({ id, text }, index) => (
          <option key={index} value={id}>
            {text}
          </option>
        ))}
      </select>
      <Chevron />
    </label>
  )
}
