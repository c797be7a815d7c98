import type { Language } from "@wecom-push/protocol"
import type { JsonObject } from "../json.ts"
import type { Medium } from "../media/media-library.ts"
import type { PhoneMessage } from "../phone-messages.ts"
import { type Html, html, isWebAddress, link } from "./html.ts"
import { listOf, objectOf, textOf } from "./loose.ts"
import { renderForm, renderMenu, type Pressable } from "./render-controls.ts"
import { renderRest } from "./render-rest.ts"
import { renderDescription, renderMarkdown, renderText } from "./rich-text.ts"
import { WORDS, type Words } from "./words.ts"

/** Finds what an id in a message stands for, if it was uploaded here. */
export type FindMedium = (mediaId: string) => Medium | undefined

/** A message as a phone shows it. What has no place of its own in the picture is listed below it by name. */
export function renderMessage(
  message: PhoneMessage,
  appName: string,
  language: Language,
  findMedium: FindMedium = () => undefined,
): Html {
  const words = WORDS[language]
  const { request, body, recalled, updated_at } = message
  const msgtype = textOf(request["msgtype"])
  const press = { name: String(message.seq), isAlive: recalled !== true, menuLabel: words.menu }
  return html`<li
    class="message${recalled === true && " recalled"}"
    data-seq="${message.seq}"
    data-msgid="${message.msgid}"
  >
    <p class="from">
      <span class="avatar app" aria-hidden="true">${initial(appName)}</span>
      <span class="name">${appName}</span> <time datetime="${message.at}">${message.at}</time>
    </p>
    <div class="bubble ${msgtype}">${renderBody(msgtype, body, words, findMedium, press)}</div>
    ${recalled === true && html`<p class="mark">${words.recalled}</p>`}
    ${updated_at !== undefined && html`<p class="mark">${words.updated} <time datetime="${updated_at}">${updated_at}</time></p>`}
    ${Number(request["safe"]) > 0 && html`<p class="mark">${words.confidential}</p>`}
    ${msgtype === "template_card" && html`<p class="mark pressed" role="status"></p>`}
  </li>`
}

/** The sign on a member's or an app's square. */
const initial = (name: string): string => Array.from(name)[0]?.toUpperCase() ?? ""

function renderBody(msgtype: string, body: JsonObject, words: Words, findMedium: FindMedium, press: Pressable): Html {
  switch (msgtype) {
    case "text":
      return html`<div class="prose">${renderText(textOf(body["content"]))}</div>`
    case "markdown":
      return html`<div class="markdown">${renderMarkdown(textOf(body["content"]))}</div>`
    case "textcard":
      return renderTextCard(body, words)
    case "news":
    case "mpnews":
      return html`${listOf(body["articles"]).map((article) => renderArticle(article, findMedium))}`
    case "miniprogram_notice":
      return renderNotice(body)
    case "template_card":
      return renderCard(body, findMedium, press)
    default:
      return renderMedium(msgtype, body, words, findMedium)
  }
}

/** A picture or video to be seen, everything else to be saved; by its id what was never uploaded here. */
function renderMedium(msgtype: string, body: JsonObject, words: Words, findMedium: FindMedium): Html {
  const { media_id, title, description, ...rest } = body
  const medium = findMedium(textOf(media_id))
  if (medium === undefined) {
    return html`<p class="title">${words.kinds[msgtype] ?? msgtype}</p>
      ${renderRest(body)}`
  }
  const { filename, bytes, durationMs } = medium
  const address = addressOf(medium)
  switch (msgtype) {
    case "image":
      return html`<a href="${address}" target="_blank"><img src="${address}" alt="${filename}" loading="lazy" /></a>`
    case "video":
      return html`<video src="${address}" controls preload="metadata"></video>
        ${title !== undefined && html`<p class="title">${textOf(title)}</p>`}
        ${description !== undefined && html`<p class="quiet">${textOf(description)}</p>`}`
    default: {
      const seconds = durationMs === undefined ? undefined : `${Math.round(durationMs / 1000)}″`
      return html`<p class="title">${words.kinds[msgtype] ?? msgtype} ${seconds}</p>
        <p><a href="${address}" download="${filename}">${filename}</a> <small>${sizeOf(bytes.length)}</small></p>
        ${renderRest(rest)}`
    }
  }
}

const addressOf = ({ id }: Medium): string => `/_sim/media/${id}`

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const kilobytes = bytes / 1024
  return kilobytes < 1024 ? `${kilobytes.toFixed(1)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`
}

function renderTextCard({ title, description, url, btntxt, ...rest }: JsonObject, words: Words): Html {
  return html`<p class="title">${textOf(title)}</p>
    <div class="prose">${renderDescription(textOf(description))}</div>
    ${renderRest(rest)}
    <p class="more">${link(url, textOf(btntxt) || words.details)} <span class="address">${textOf(url)}</span></p>`
}

function renderArticle(article: JsonObject, findMedium: FindMedium): Html {
  const { title, description, digest, author, content, url, picurl, thumb_media_id, ...others } = article
  const thumb = findMedium(textOf(thumb_media_id))
  const rest = thumb === undefined ? { thumb_media_id, ...others } : others
  return html`<article>
    ${isWebAddress(picurl) && html`<img src="${picurl}" alt="" loading="lazy" />`}
    ${thumb !== undefined && html`<img src="${addressOf(thumb)}" alt="" loading="lazy" />`}
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

function renderCard(card: JsonObject, findMedium: FindMedium, press: Pressable): Html {
  const { source, main_title, emphasis_content, sub_title_text, horizontal_content_list, ...others } = card
  const { action_menu, button_selection, checkbox, select_list, ...more } = others
  const { button_list, submit_button, replace_text, ...rest } = more
  const menu = { action_menu }
  const form = { button_selection, checkbox, select_list, button_list, submit_button, replace_text }
  const { desc: sourceName, ...sourceRest } = objectOf(source)
  const { title, desc, ...titleRest } = objectOf(main_title)
  const { title: figure, desc: figureNote } = objectOf(emphasis_content)
  const pairs = listOf(horizontal_content_list).map(({ keyname, value, url, media_id, ...rest }) => {
    const attached = findMedium(textOf(media_id))
    const label =
      attached === undefined
        ? link(url, textOf(value ?? url))
        : html`<a href="${addressOf(attached)}" download="${attached.filename}">${textOf(value)}</a>`
    const others = { ...rest, ...(attached === undefined ? { media_id } : {}), type: undefined }
    return html`<dt>${textOf(keyname)}</dt>
      <dd>${label} ${renderRest(others)}</dd>`
  })
  return html`
    ${renderMenu(menu, press)} ${sourceName !== undefined && html`<p class="source">${textOf(sourceName)}</p>`}
    ${title !== undefined && html`<p class="title">${textOf(title)}</p>`}
    ${desc !== undefined && html`<p class="quiet">${textOf(desc)}</p>`}
    ${emphasis_content !== undefined && html`<p class="figure">${textOf(figure)} <small>${textOf(figureNote)}</small></p>`}
    ${sub_title_text !== undefined && html`<p class="prose">${textOf(sub_title_text)}</p>`}
    ${pairs.length > 0 && html`<dl class="pairs">${pairs}</dl>`}
    ${renderRest({ ...titleRest, source: sourceRest, ...rest })} ${renderForm(form, press)}
  `
}

/** The words of an mpnews article: its markup is the author's and stays out of this page. */
const withoutTags = (markup: string): string =>
  markup
    .replaceAll(/<\/?(?:p|div|br|li|h[1-6])\b[^>]*>/gi, "\n")
    .replaceAll(/<[^>]*>/g, "")
    .trim()
