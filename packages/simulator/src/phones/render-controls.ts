import type { JsonObject } from "../json.ts"
import { type Html, html, link } from "./html.ts"
import { listOf, objectOf, textOf } from "./loose.ts"
import { renderRest } from "./render-rest.ts"

/** What can be pressed on a card. The page's script sends the `data-key`, with what is chosen in each `data-question`. */
export interface Pressable {
  /** Keeps the questions of one card apart from those of another. */
  readonly name: string
  /** False where nothing can be pressed any more. */
  readonly isAlive: boolean
  readonly menuLabel: string
}

/** The menu in the corner of a card. */
export function renderMenu({ action_menu }: JsonObject, press: Pressable): Html {
  const { desc, action_list, ...rest } = objectOf(action_menu)
  if (action_menu === undefined) return html``
  return html`<details class="menu">
    <summary aria-label="${press.menuLabel}">⋯</summary>
    <p class="quiet">${textOf(desc)}</p>
    <ul class="buttons">
      ${listOf(action_list).map((action) => renderButton(action, press))}
    </ul>
    ${renderRest(rest)}
  </details>`
}

/** The questions of a card and the buttons that submit them. */
export function renderForm(card: JsonObject, press: Pressable): Html {
  const { button_selection, checkbox, select_list, button_list, submit_button, replace_text } = card
  const selects = [...listOf([button_selection]), ...listOf(select_list)].map((one) => renderSelect(one, press))
  const boxes = listOf([checkbox]).map((one) => renderCheckbox(one, press))
  return html`${boxes} ${selects}
  ${renderButtons([...listOf(button_list), ...listOf([submit_button])], replace_text, press)}`
}

function renderSelect(select: JsonObject, press: Pressable): Html {
  const { question_key, title, option_list, selected_id, disable, ...rest } = select
  const options = listOf(option_list).map(({ id, text }) => {
    return html`<option value="${textOf(id)}" ${id === selected_id && html`selected`}>${textOf(text)}</option>`
  })
  return html`<label class="question">
      <span>${textOf(title)}</span>
      <select data-question="${textOf(question_key)}" ${isOff(disable, press) && DISABLED}>
        ${options}
      </select></label
    >${renderRest(rest)}`
}

function renderCheckbox(checkbox: JsonObject, press: Pressable): Html {
  const { question_key, mode, option_list, disable, ...rest } = checkbox
  const key = textOf(question_key)
  const kind = mode === 1 ? "checkbox" : "radio"
  const options = listOf(option_list).map(({ id, text, is_checked }) => {
    return html`<label
      ><input
        type="${kind}"
        name="${press.name}-${key}"
        value="${textOf(id)}"
        ${is_checked === true && html`checked`}
      />${textOf(text)}</label
    >`
  })
  return html`<fieldset
      class="question"
      data-question="${key}"
      aria-label="${key}"
      ${isOff(disable, press) && DISABLED}
    >
      ${options}
    </fieldset>
    ${renderRest(rest)}`
}

function renderButtons(buttons: readonly JsonObject[], replaceText: unknown, press: Pressable): Html {
  const dead = typeof replaceText === "string" ? html`<li class="dead">${replaceText}</li>` : undefined
  const items = buttons.map((button) => renderButton(button, press))
  return html`${
    (dead !== undefined || items.length > 0) &&
    html`<ul class="buttons">
      ${dead ?? items}
    </ul>`
  }`
}

function renderButton({ text, style, url, key, ...rest }: JsonObject, press: Pressable): Html {
  const label = textOf(text)
  const inside =
    typeof key === "string"
      ? html`<button type="button" data-key="${key}" ${!press.isAlive && DISABLED}>${label}</button>`
      : link(url, label)
  const others = { ...rest, ...(typeof key === "string" ? { url } : { key }), type: undefined }
  return html`<li class="style${Number(style ?? 1)}">${inside} ${renderRest(others)}</li>`
}

const DISABLED = html`disabled`

const isOff = (disable: unknown, { isAlive }: Pressable): boolean => disable === true || !isAlive
