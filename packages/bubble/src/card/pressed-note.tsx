import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { useForm } from "../form/card-form.tsx"
import { fieldsOf, listOf, textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"

/** Says what was pressed where no button shows it: it was in the menu, or is gone from the card. */
export function PressedNote({ fields: card }: BodyProps): JSX.Element | undefined {
  const words = useWords()
  const { pressed } = useForm()
  if (pressed === undefined) return undefined
  const buttons = [...listOf(card["button_list"]), fieldsOf(card["submit_button"])]
  if (textOf(card["replace_text"]) !== "" || buttons.some(({ key }) => textOf(key) === pressed)) return undefined
  const actions = listOf(fieldsOf(card["action_menu"])["action_list"])
  const action = actions.find(({ key }) => textOf(key) === pressed)
  return <p className="wb-small wb-pressed">{words.pressedNote(textOf(action?.["text"]) || pressed)}</p>
}
