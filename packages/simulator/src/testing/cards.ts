import type { SimClient } from "./sim-client.ts"

/** Cards of each kind that can be pressed, as they are sent. */
export const BUTTONS = {
  card_type: "button_interaction",
  task_id: "deploy-1",
  main_title: { title: "上线？" },
  button_selection: {
    question_key: "region",
    title: "区域",
    option_list: [
      { id: "cn", text: "中国" },
      { id: "eu", text: "欧洲" },
    ],
  },
  button_list: [
    { text: "同意", key: "yes" },
    { text: "拒绝", key: "no" },
    { type: 1, text: "差异", url: "https://a.example/d" },
  ],
}

export const VOTE = {
  card_type: "vote_interaction",
  task_id: "lunch",
  main_title: { title: "午饭" },
  checkbox: {
    question_key: "where",
    mode: 1,
    option_list: [
      { id: "a", text: "面条", is_checked: true },
      { id: "b", text: "火锅", is_checked: false },
      { id: "007", text: "食堂", is_checked: false },
    ],
  },
  submit_button: { text: "投票", key: "vote" },
}

export const SELECTS = {
  card_type: "multiple_interaction",
  task_id: "oncall",
  main_title: { title: "值班" },
  select_list: [
    {
      question_key: "day",
      title: "日期",
      selected_id: "tue",
      option_list: [
        { id: "mon", text: "周一" },
        { id: "tue", text: "周二" },
      ],
    },
    { question_key: "shift", title: "班次", option_list: [{ id: "d", text: "白班" }] },
  ],
  submit_button: { text: "保存", key: "save" },
}

export const MENU = {
  card_type: "text_notice",
  task_id: "digest",
  action_menu: { desc: "选项", action_list: [{ text: "静音", key: "mute" }] },
  main_title: { title: "周报" },
  card_action: { type: 1, url: "https://a.example" },
}

export interface SentCard {
  readonly msgid: string
  readonly code: string
}

export async function sendCard(
  sim: SimClient,
  card: Readonly<Record<string, unknown>> = BUTTONS,
  touser = "zhangsan|lisi",
): Promise<SentCard> {
  const answer = await sim.send({ touser, msgtype: "template_card", template_card: card })
  if (answer.errcode !== 0) throw new Error(answer.errmsg)
  return { msgid: String(answer["msgid"]), code: String(answer["response_code"]) }
}

export interface Told {
  readonly seq: number
  readonly agentid: number
  readonly userid: string
  readonly msgid: string
  readonly event: string
  readonly event_key: string
  readonly task_id: string
  readonly response_code: string
  readonly selected: Readonly<Record<string, string[]>>
  readonly xml: string
  readonly url: string
  readonly state: string
  readonly tries: readonly {
    readonly at: string
    readonly took_ms: number
    readonly status: number | null
    readonly error: string | null
    readonly reply: Readonly<Record<string, unknown>> | null
  }[]
}

/** A press that must be taken. */
export async function press(
  sim: SimClient,
  click: Readonly<Record<string, unknown>>,
  userid = "zhangsan",
): Promise<Told> {
  const response = await sim.control("POST", `phones/${userid}/click`, click)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Told
}

export async function toldTo(sim: SimClient, after = 0): Promise<Told[]> {
  const response = await sim.control("GET", `callbacks?after=${after}`)
  return ((await response.json()) as { callbacks: Told[] }).callbacks
}

/** What a phone shows of a card at present. */
export async function face(sim: SimClient, userid = "zhangsan"): Promise<Record<string, unknown> | undefined> {
  return (await sim.copies(userid)).at(-1)?.payload
}
