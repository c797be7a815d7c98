import type { Language } from "@wecom-push/protocol"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { PhoneMessage } from "../phone-messages.ts"
import { type Html, html, isWebAddress, link } from "./html.ts"
import { renderDescription, renderMarkdown, renderText } from "./rich-text.ts"
import { WORDS, type Words } from "./words.ts"

/** A message as a phone shows it. What has no place of its own in the picture is listed below it by name. */
export function renderMessage(message: PhoneMessage, appName: string, language: Language): Html {
  const words = WORDS[language]
  const { request, body, recalled, updated_at } = message
  const msgtype = textOf(request["msgtype"])
  return html`<li class="message${recalled === true && " recalled"}" data-seq="${message.seq}">
    <p class="from">
      <span class="avatar app" aria-hidden="true">${initial(appName)}</span>
      <span class="name">${appName}</span> <time datetime="${message.at}">${message.at}</time>
    </p>
    <div class="bubble ${msgtype}">${renderBody(msgtype, body, words)}</div>
    ${recalled === true && html`<p class="mark">${words.recalled}</p>`}
    ${updated_at !== undefined && html`<p class="mark">${words.updated} <time datetime="${updated_at}">${updated_at}</time></p>`}
    ${Number(request["safe"]) > 0 && html`<p class="mark">${words.confidential}</p>`}
  </li>`
}

/** The sign on a member's or an app's square. */
const initial = (name: string): string => Array.from(name)[0]?.toUpperCase() ?? ""

function renderBody(msgtype: string, body: JsonObject, words: Words): Html {
  switch (msgtype) {
    case "text":
      return html`<div class="prose">${renderText(textOf(body["content"]))}</div>`
    case "markdown":
      return html`<div class="markdown">${renderMarkdown(textOf(body["content"]))}</div>`
    case "textcard":
      return renderTextCard(body, words)
    case "news":
    case "mpnews":
      return html`${listOf(body["articles"]).map(renderArticle)}`
    case "miniprogram_notice":
      return renderNotice(body)
    case "template_card":
      return renderCard(body)
    default:
      return html`<p class="title">${words.kinds[msgtype] ?? msgtype}</p>
        ${renderRest(body)}`
  }
}

function renderTextCard({ title, description, url, btntxt, ...rest }: JsonObject, words: Words): Html {
  return html`<p class="title">${textOf(title)}</p>
    <div class="prose">${renderDescription(textOf(description))}</div>
    ${renderRest(rest)}
    <p class="more">${link(url, textOf(btntxt) || words.details)} <span class="address">${textOf(url)}</span></p>`
}

function renderArticle({ title, description, digest, author, content, url, picurl, ...rest }: JsonObject): Html {
  return html`<article>
    ${isWebAddress(picurl) && html`<img src="${picurl}" alt="" loading="lazy" />`}
    <p class="title">${link(url, textOf(title))}</p>
    <div class="prose quiet">${textOf(description ?? digest)}</div>
    ${content !== undefined && html`<div class="prose">${withoutTags(textOf(content))}</div>`}
    ${renderRest({ author, url, picurl, ...rest })}
  </article>`
}

function renderNotice({ title, description, content_item, emphasis_first_item, ...rest }: JsonObject): Html {
  const items = listOf(content_item).map(
    ({ key, value }) =>
      html`<dt>${textOf(key)}</dt>
        <dd>${textOf(value)}</dd>`,
  )
  return html`<p class="title">${textOf(title)}</p>
    <p class="quiet">${textOf(description)}</p>
    <dl class="pairs${emphasis_first_item === true && " emphasis"}">${items}</dl>
    ${renderRest(rest)}`
}

function renderCard(card: JsonObject): Html {
  const { source, main_title, emphasis_content, sub_title_text, horizontal_content_list, ...others } = card
  const { button_list, replace_text, ...rest } = others
  const { desc: sourceName, ...sourceRest } = objectOf(source)
  const { title, desc, ...titleRest } = objectOf(main_title)
  const { title: figure, desc: figureNote } = objectOf(emphasis_content)
  const pairs = listOf(horizontal_content_list).map(
    ({ keyname, value, url, ...rest }) =>
      html`<dt>${textOf(keyname)}</dt>
        <dd>${link(url, textOf(value ?? url))} ${renderRest({ ...rest, type: undefined })}</dd>`,
  )
  return html`
    ${sourceName !== undefined && html`<p class="source">${textOf(sourceName)}</p>`}
    ${title !== undefined && html`<p class="title">${textOf(title)}</p>`}
    ${desc !== undefined && html`<p class="quiet">${textOf(desc)}</p>`}
    ${emphasis_content !== undefined && html`<p class="figure">${textOf(figure)} <small>${textOf(figureNote)}</small></p>`}
    ${sub_title_text !== undefined && html`<p class="prose">${textOf(sub_title_text)}</p>`}
    ${pairs.length > 0 && html`<dl class="pairs">${pairs}</dl>`}
    ${renderRest({ ...titleRest, source: sourceRest, ...rest })} ${renderButtons(button_list, replace_text)}
  `
}

function renderButtons(buttons: unknown, replaceText: unknown): Html {
  if (typeof replaceText === "string")
    return html`<ul class="buttons">
      <li class="dead">${replaceText}</li>
    </ul>`
  const items = listOf(buttons).map(
    ({ text, style, url, ...rest }) =>
      html`<li class="style${Number(style ?? 1)}">
        ${link(url, textOf(text))} ${renderRest({ ...rest, type: undefined })}
      </li>`,
  )
  return html`${
    items.length > 0 &&
    html`<ul class="buttons">
      ${items}
    </ul>`
  }`
}

// A phone is no place for a puzzle: what is nested deeper than any card is left out.
const DEEPEST = 8

/** Fields by name and value. Those with nothing in them are left out. */
function renderRest(fields: JsonObject, depth = 0): Html {
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

/** For what a caller may have sent in another JSON type than WeCom asks for. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value
  return value === undefined ? "" : JSON.stringify(value)
}

const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : [])

/** The words of an mpnews article: its markup is the author's and stays out of this page. */
const withoutTags = (markup: string): string =>
  markup
    .replaceAll(/<\/?(?:p|div|br|li|h[1-6])\b[^>]*>/gi, "\n")
    .replaceAll(/<[^>]*>/g, "")
    .trim()
