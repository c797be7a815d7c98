import { isJsonObject, type JsonObject } from "../json.ts"
import { type Html, html, link } from "./html.ts"
import { textOf } from "./loose.ts"

// A phone is no place for a puzzle: what is nested deeper than any card is left out.
const DEEPEST = 8

/** Fields by name and value. Those with nothing in them are left out. */
export function renderRest(fields: JsonObject, depth = 0): Html {
  const rows = Object.entries(fields)
    .filter(([, value]) => !isNothing(value))
    .map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${renderValue(value, depth)}</dd>`,
    )
  return html`${rows.length > 0 && html`<dl class="rest">${rows}</dl>`}`
}

function renderValue(value: unknown, depth: number): Html {
  if (depth > DEEPEST) return html`…`
  if (Array.isArray(value))
    return html`<ul>
      ${value.map((item) => html`<li>${renderValue(item, depth + 1)}</li>`)}
    </ul>`
  if (isJsonObject(value)) return renderRest(value, depth + 1)
  return link(value, textOf(value))
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    (isJsonObject(value) && Object.values(value).every(isNothing))
  )
}
