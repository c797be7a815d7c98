import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { fieldsOf, listOf, numberOf, textOf } from "../loose.ts"
import { Picture } from "../picture.tsx"
import { ActionMenu } from "./action-menu.tsx"

const COLOURS = ["gray", "black", "red", "green"] as const

// Only these three have a `desc_color` and a menu.
const IS_RICH: ReadonlySet<string> = new Set(["text_notice", "news_notice", "button_interaction"])

/** `source`, where the card comes from, and `action_menu`, the dots in its corner. */
export function CardHead({ fields: card }: BodyProps): JSX.Element | undefined {
  const isRich = IS_RICH.has(textOf(card["card_type"]))
  const { icon_url, desc, desc_color } = fieldsOf(card["source"])
  const [iconUrl, name] = [textOf(icon_url), textOf(desc)]
  const menu = fieldsOf(card["action_menu"])
  const hasMenu = isRich && listOf(menu["action_list"]).length > 0
  if (iconUrl === "" && name === "" && !hasMenu) return undefined
  const colour = (isRich ? COLOURS[numberOf(desc_color) ?? 0] : undefined) ?? "gray"
  return (
    <div className="wb-head">
      <p className="wb-source">
        {iconUrl !== "" && <Picture className="wb-source-icon" url={iconUrl} />}
        <span className={`wb-source-${colour}`}>{name}</span>
      </p>
      {hasMenu && <ActionMenu fields={menu} />}
    </div>
  )
}
