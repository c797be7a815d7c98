import { useMemo, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { type Fields, listOf, textOf } from "../loose.ts"
import { TemplateCard } from "./template-card.tsx"

/**
 * 任务卡片, drawn as the card with buttons that took its place. `clicked_key` is of the button that was pressed.
 * @see https://developer.work.weixin.qq.com/document/path/91579
 */
export function TaskCard({ fields }: BodyProps): JSX.Element {
  const card = useMemo(() => asTemplateCard(fields), [fields])
  return <TemplateCard fields={card} />
}

function asTemplateCard({ title, description, url, btn, clicked_key }: Fields): Fields {
  const buttons = listOf(btn)
  const pressed = buttons.find(({ key }) => textOf(key) !== "" && key === clicked_key)
  return {
    card_type: "button_interaction",
    main_title: { title },
    sub_title_text: description,
    ...(textOf(url) === "" ? {} : { card_action: { type: 1, url } }),
    button_list: buttons.map(({ key, name, color }) => ({ key, text: name, style: color === "red" ? RED : BLUE })),
    ...(pressed === undefined ? {} : { replace_text: textOf(pressed["replace_name"]) || "已处理" }),
  }
}

const BLUE = 1
const RED = 2
