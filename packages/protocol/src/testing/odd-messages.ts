import { smallestCards } from "./example-cards.ts"
import { smallest } from "./example-messages.ts"

/** A message that WeCom takes, or may take, though its documents do not say so: one table for every door. */
export interface OddMessage {
  readonly what: string
  /** As WeCom writes it, without `touser` and `agentid` unless those are what is odd. */
  readonly message: Readonly<Record<string, unknown>> & { readonly msgtype: string }
  /** The warnings about it, in order. */
  readonly warned: readonly string[]
  /** WeCom cuts it, ignores it or takes a default, so that it goes out only without `strict`. */
  readonly isLoss?: true
}

const CARD = smallestCards.text_notice
const BUTTONS = smallestCards.button_interaction
const url = "https://a.example.com"
const article = { title: "食堂菜单", url }
const textcard = smallest.textcard.textcard

const card = (template_card: object) => ({ msgtype: "template_card", template_card })

export const ODD_MESSAGES: readonly OddMessage[] = [
  {
    what: "a field that is not documented",
    message: { msgtype: "textcard", textcard: { ...textcard, mentioned_list: ["lisi"] } },
    warned: ["textcard.mentioned_list"],
  },
  {
    what: "btntxt in news",
    message: { msgtype: "news", news: { articles: [{ ...article, btntxt: "更多" }] } },
    warned: ["news.articles[0].btntxt"],
  },
  {
    what: "show_cover_pic of older documents",
    message: {
      msgtype: "mpnews",
      mpnews: { articles: [{ title: "制度", thumb_media_id: "M5", content: "<p>新</p>", show_cover_pic: 1 }] },
    },
    warned: ["mpnews.articles[0].show_cover_pic"],
  },
  {
    what: "enable_id_trans on markdown",
    message: { ...smallest.markdown, enable_id_trans: 1 },
    warned: ["enable_id_trans"],
  },
  { what: "safe news", message: { ...smallest.news, safe: 1 }, warned: ["safe"] },
  {
    what: "null for what may be left out",
    message: { msgtype: "textcard", textcard: { ...textcard, btntxt: null } },
    warned: ["textcard.btntxt"],
  },
  {
    what: "a menu with nothing in it",
    message: card({ ...CARD, action_menu: {} }),
    warned: ["template_card.action_menu"],
  },
  {
    what: "Go's zero value of a menu",
    message: card({ ...CARD, action_menu: { desc: "", action_list: null }, task_id: "" }),
    warned: ["template_card.action_menu"],
  },
  {
    what: "Go's zero value of a question and of another card's part",
    message: card({
      ...BUTTONS,
      button_selection: { question_key: "", title: "", option_list: null, selected_id: "" },
      checkbox: { question_key: "", mode: 0, option_list: null },
    }),
    warned: ["template_card.button_selection", "template_card.checkbox"],
  },
  {
    what: "a part that the card has not",
    message: card({ ...CARD, vertical_content_list: [{ title: "三次发布" }] }),
    warned: ["template_card.vertical_content_list"],
  },
  {
    what: "button styles 0 and 5",
    message: card({
      ...BUTTONS,
      button_list: [
        { text: "同意", key: "a", style: 0 },
        { text: "拒绝", key: "b", style: 5 },
      ],
    }),
    warned: ["template_card.button_list[0].style", "template_card.button_list[1].style"],
  },
  {
    what: "a selected_id that is no option",
    message: card({
      ...smallestCards.multiple_interaction,
      select_list: [{ ...smallestCards.multiple_interaction.select_list[0], selected_id: "sunday" }],
    }),
    warned: ["template_card.select_list[0].selected_id"],
  },
  {
    what: "a submit_button without a text",
    message: card({ ...smallestCards.vote_interaction, submit_button: { key: "vote" } }),
    warned: ["template_card.submit_button.text"],
  },
  {
    what: "a text that is too long by its marks for names alone",
    message: { msgtype: "text", text: { content: `$userName=zhangsan$${"x".repeat(2048)}` }, enable_id_trans: 1 },
    warned: ["text.content"],
  },
  {
    what: "a sample pasted as it is in the documents",
    message: { touser: "lisi", toparty: "3", agentid: 1, ...smallest.textcard, enable_duplicate_check: 0 },
    warned: ["touser", "toparty", "agentid", "enable_duplicate_check"],
  },

  {
    what: "a text of 2049 bytes",
    message: { msgtype: "text", text: { content: "x".repeat(2049) } },
    warned: ["text.content"],
    isLoss: true,
  },
  {
    what: "a card with each text too long",
    message: {
      msgtype: "textcard",
      textcard: { title: "x".repeat(129), description: "y".repeat(513), url, btntxt: "打开详情页" },
    },
    warned: ["textcard.title", "textcard.description", "textcard.btntxt"],
    isLoss: true,
  },
  {
    what: "news with a title of 129 bytes",
    message: { msgtype: "news", news: { articles: [article, { ...article, title: "题".repeat(43) }] } },
    warned: ["news.articles[1].title"],
    isLoss: true,
  },
  { what: "a textcard that shall be safe", message: { ...smallest.textcard, safe: 1 }, warned: ["safe"], isLoss: true },
  {
    what: "a payload of another type beside it",
    message: { ...smallest.textcard, markdown: { content: "**a**" } },
    warned: ["markdown"],
    isLoss: true,
  },
  {
    what: "a colour that is none",
    message: card({ ...CARD, source: { desc: "监控", desc_color: 4 } }),
    warned: ["template_card.source.desc_color"],
    isLoss: true,
  },
  {
    what: "a number where a text should be",
    message: { msgtype: "textcard", textcard: { ...textcard, btntxt: 4 } },
    warned: ["textcard.btntxt"],
    isLoss: true,
  },
]

/** Messages that WeCom refuses, and so every door, with WeCom's code. */
export interface RefusedMessage extends Pick<OddMessage, "what" | "message"> {
  readonly errcode: number
}

export const REFUSED_MESSAGES: readonly RefusedMessage[] = [
  {
    what: "an address without a scheme",
    message: { msgtype: "textcard", textcard: { ...textcard, url: "a.example.com" } },
    errcode: 45034,
  },
  {
    what: "nine articles",
    message: { msgtype: "news", news: { articles: Array.from({ length: 9 }, () => article) } },
    errcode: 45008,
  },
  {
    what: "a menu without actions",
    message: card({ ...CARD, task_id: "m1", action_menu: { desc: "更多" } }),
    errcode: 40058,
  },
  { what: "a button without a key", message: card({ ...BUTTONS, button_list: [{ text: "同意" }] }), errcode: 42039 },
  {
    what: "a null text",
    message: { msgtype: "textcard", textcard: { ...textcard, description: null } },
    errcode: 41033,
  },
]

/** The same with a `task_id` of its own, of which WeCom takes each once. */
export function withTaskId<T extends { readonly msgtype: string }>(message: T, taskId: string): T {
  const card: unknown = Reflect.get(message, "template_card")
  if (typeof card !== "object" || card === null || Reflect.get(card, "task_id") === undefined) return message
  return Reflect.get(card, "task_id") === "" ? message : { ...message, template_card: { ...card, task_id: taskId } }
}
