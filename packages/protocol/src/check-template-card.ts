import {
  actionMenu,
  buttonCardAction,
  buttonList,
  buttonSelection,
  cardImage,
  checkbox,
  emphasisContent,
  horizontalContentList,
  imageTextArea,
  jumpList,
  mainTitle,
  noticeAction,
  plainSource,
  quoteArea,
  selectList,
  shown,
  source,
  submitButton,
  taskId,
  titleUnlessSubTitle,
  verticalContentList,
} from "./check-card-parts.ts"
import { boolean, oneOf, string } from "./scalars.ts"
import { checkField, has, isObject, object, optional, own, required, requiredIf, wrongType } from "./shape.ts"
import type { Check, Fields, JsonObject, Need } from "./shape.ts"
import { CARD_TYPES } from "./template-card.ts"
import type { CardType } from "./template-card.ts"

const CARD_TYPE = required(oneOf(CARD_TYPES, 42031), 42031)

/** The card of `message/send`. */
export const sentCard: Check = cardByType("send")

/** The card of `update_template_card`: no `task_id`, and three fields of its own. */
export const updatedCard: Check = cardByType("update")

/** The card of a group robot: the two notices, without a menu, since a robot gets no presses. */
export const robotCard: Check = cardByType("robot", ["text_notice", "news_notice"])

type Use = "send" | "update" | "robot"

function cardByType(use: Use, types: readonly CardType[] = CARD_TYPES): Check {
  const parts = partsByType(use)
  const cardType = types === CARD_TYPES ? CARD_TYPE : required(oneOf(types, 42031), 42031)
  const names = new Set(types.flatMap((type) => Object.keys(parts[type])))
  const cards = new Map<unknown, Check>(
    types.map((type) => [
      type,
      object({ card_type: cardType, ...parts[type] }, { names, because: `card_type = ${type}` }),
    ]),
  )
  return (value, path, report, errcodeIfUnreadable) => {
    if (!isObject(value)) return report(wrongType(path, "object", errcodeIfUnreadable))
    const card = cards.get(own(value, "card_type"))
    if (card === undefined) checkField(value, "card_type", cardType, path, report)
    else card(value, path, report)
  }
}

/** WeCom's table of the parts that each card has, in its order. */
function partsByType(use: Use): Readonly<Record<CardType, Fields>> {
  const task = use === "send" ? { task_id: required(taskId, 42014) } : {}
  const menu = use === "robot" ? {} : { action_menu: optional(actionMenu) }
  const taskOfMenu = use === "send" ? { task_id: requiredIf(besideMenu, taskId) } : {}
  const submit = { submit_button: use === "send" ? required(submitButton, 42046) : optional(submitButton) }
  const disable = use === "update" ? { disable: optional(boolean) } : {}
  const replace = use === "update" ? { replace_text: optional(string()) } : {}
  return {
    text_notice: {
      source: optional(source),
      ...menu,
      ...taskOfMenu,
      main_title: titleUnlessSubTitle,
      quote_area: optional(quoteArea),
      emphasis_content: optional(emphasisContent),
      sub_title_text: optional(shown(160)),
      horizontal_content_list: optional(horizontalContentList),
      jump_list: optional(jumpList),
      card_action: required(noticeAction, 42045),
    },
    news_notice: {
      source: optional(source),
      ...menu,
      ...taskOfMenu,
      main_title: required(mainTitle({ title: 36, desc: 44 }), 40058),
      quote_area: optional(quoteArea),
      horizontal_content_list: optional(horizontalContentList),
      vertical_content_list: optional(verticalContentList),
      card_image: requiredIf(unlessImageText, cardImage),
      image_text_area: optional(imageTextArea),
      jump_list: optional(jumpList),
      card_action: required(noticeAction, 42045),
    },
    button_interaction: {
      source: optional(source),
      action_menu: optional(actionMenu),
      ...task,
      main_title: required(mainTitle({ title: 36, desc: 44 }), 40058),
      quote_area: optional(quoteArea),
      sub_title_text: optional(shown(160)),
      horizontal_content_list: optional(horizontalContentList),
      card_action: optional(buttonCardAction),
      button_selection: optional(buttonSelection),
      button_list: required(buttonList, 40058),
      ...replace,
    },
    vote_interaction: {
      source: optional(plainSource("card_type = vote_interaction")),
      ...task,
      main_title: required(mainTitle({ title: 16, desc: 160 }), 40058),
      checkbox: required(checkbox(disable), 40058),
      ...submit,
      ...replace,
    },
    multiple_interaction: {
      source: optional(plainSource("card_type = multiple_interaction")),
      ...task,
      main_title: required(mainTitle({ title: 36, desc: 160 }), 40058),
      select_list: required(selectList(disable), 42047),
      ...submit,
      ...replace,
    },
  }
}

function besideMenu(card: JsonObject): Need | undefined {
  return has(card, "action_menu") ? { because: "action_menu", errcode: 42014 } : undefined
}

function unlessImageText(card: JsonObject): Need | undefined {
  return has(card, "image_text_area") ? undefined : { allowed: ["card_image", "image_text_area"], errcode: 42044 }
}
