import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { CheckboxField } from "../form/checkbox-field.tsx"
import { checkboxQuestion, selectQuestion } from "../form/question.ts"
import { SelectField } from "../form/select-field.tsx"
import { fieldsOf, listOf, textOf } from "../loose.ts"

/** `button_selection`: what is chosen before a button is pressed. */
export function Selection({ fields: card }: BodyProps): JSX.Element | undefined {
  if (card["button_selection"] === undefined) return undefined
  return <SelectField question={selectQuestion(fieldsOf(card["button_selection"]))} />
}

/** `checkbox`: what a vote is about. */
export function Vote({ fields: card }: BodyProps): JSX.Element | undefined {
  if (card["checkbox"] === undefined) return undefined
  const label = textOf(fieldsOf(card["main_title"])["title"])
  return <CheckboxField question={checkboxQuestion(fieldsOf(card["checkbox"]))} label={label} />
}

/** `select_list`: several things to choose, each from a list of its own. */
export function Selects({ fields: card }: BodyProps): JSX.Element {
  return (
    <div className="wb-selects">
      {listOf(card["select_list"]).map((select, index) => (
        <SelectField key={index} question={selectQuestion(select)} />
      ))}
    </div>
  )
}
