import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { Chevron, MiniProgramMark } from "../icons/icons.tsx"
import { listOf, numberOf, textOf } from "../loose.ts"
import { leadsSomewhere, Target } from "../target.tsx"

/** `jump_list`: rows at the foot of a card that lead elsewhere. */
export function JumpList({ fields: card }: BodyProps): JSX.Element | undefined {
  const items = listOf(card["jump_list"])
  if (items.length === 0) return undefined
  return (
    <ul className="wb-jumps">
      {items.map((item, index) => (
        <li key={index}>
          <Target className="wb-row" to={item}>
            <span className="wb-jump-title">
              {numberOf(item["type"]) === 2 && <MiniProgramMark />}
              {textOf(item["title"])}
            </span>
            {leadsSomewhere(item) && <Chevron />}
          </Target>
        </li>
      ))}
    </ul>
  )
}
