import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { fieldsOf, textOf } from "../loose.ts"
import { useWords } from "../surroundings.ts"
import { leadsSomewhere, Target } from "../target.tsx"

/** `card_action`: a press anywhere on the card that nothing else takes. */
export function Cover({ fields: card }: BodyProps): JSX.Element | undefined {
  const words = useWords()
  const action = fieldsOf(card["card_action"])
  if (!leadsSomewhere(action)) return undefined
  const title = textOf(fieldsOf(card["main_title"])["title"]) || textOf(card["sub_title_text"])
  return <Target className="wb-cover" to={action} label={`${title} ${words.details}`.trim()} />
}
