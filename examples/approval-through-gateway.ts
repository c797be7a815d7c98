// The approval of approval.ts, by a program that knows nothing of WeCom: it posts the card to the gateway, follows the
// gateway's events, and asks the gateway to change the card when it was pressed. Any language with HTTP can do the same.
//
//   npx wecom-push serve --simulator                          # a gateway to try things out, and its phones
//   npm run example:approval-through-gateway                  # in another terminal; Ctrl+C ends it
//
// WECOM_PUSH_URL, WECOM_PUSH_KEY and APP lead to another gateway; WeCom then has to know its address,
// https://HOST/callback/APP, in the app's settings.
const url = process.env["WECOM_PUSH_URL"] ?? "http://127.0.0.1:7788"
const key = process.env["WECOM_PUSH_KEY"] ?? "wp_simulator"
const app = process.env["APP"] ?? "alerts"

const APPROVER = "zhangsan"
const TITLE = "采购申请：笔记本电脑 3 台"

/** What the gateway tells of a press. */
interface CardClicked {
  readonly message_id: string | null
  readonly data: {
    readonly userid: string
    readonly event_key: string
    readonly selected_items: readonly { readonly question_key: string; readonly option_ids: readonly string[] }[]
  }
}

const leaving = new AbortController()
process.once("SIGINT", () => leaving.abort())

// Following begins before the card is out: no press can fall in between.
const events = await openEvents()
const { id } = await ask("/v1/messages", {
  app,
  to: { users: [APPROVER] },
  msgtype: "template_card",
  template_card: {
    card_type: "button_interaction",
    task_id: `purchase-${Date.now()}`,
    main_title: { title: TITLE, desc: "李四 · 合计 29,700 元" },
    button_selection: {
      question_key: "budget",
      title: "预算科目",
      option_list: [
        { id: "office", text: "办公设备" },
        { id: "project", text: "项目经费" },
      ],
    },
    button_list: [
      { text: "同意", style: 1, key: "approve" },
      { text: "驳回", style: 2, key: "reject" },
    ],
  },
})
console.log(`${id} is on its way to ${APPROVER}; press a button on the phone.`)

try {
  for await (const event of cardClicks(events)) if (event.message_id === id) await decide(event)
} catch (error) {
  if (!leaving.signal.aborted) throw error
}

/** What the press means, and what the phone shows from now on. */
async function decide({ data: { userid, event_key, selected_items } }: CardClicked): Promise<void> {
  const isApproved = event_key === "approve"
  const budget = selected_items.find(({ question_key }) => question_key === "budget")?.option_ids[0]
  await ask(`/v1/messages/${id}/card`, {
    userids: [userid],
    template_card: {
      card_type: "button_interaction",
      main_title: { title: TITLE, desc: isApproved ? "已批准，转采购部办理" : "已驳回" },
      button_list: [{ text: "同意", key: "approve" }],
      replace_text: isApproved ? "已同意" : "已驳回",
    },
  })
  console.log(`${userid} ${isApproved ? "approved" : "rejected"}, budget ${budget}`)
}

async function ask(path: string, body: object): Promise<{ readonly id: string }> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- /openapi.json describes the answers
  return (await response.json()) as { readonly id: string }
}

async function openEvents(): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(`${url}/v1/events`, {
    headers: { authorization: `Bearer ${key}` },
    signal: leaving.signal,
  })
  if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`)
  return response.body
}

/** A connection that breaks would go on with Last-Event-ID; here it ends the program. */
async function* cardClicks(stream: ReadableStream<Uint8Array>): AsyncGenerator<CardClicked> {
  let rest = ""
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n")
    rest = blocks.pop() ?? ""
    for (const block of blocks) {
      if (!/^event: card\.clicked$/m.test(block)) continue
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is of this type: the line above says so
      yield JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "") as CardClicked
    }
  }
}
