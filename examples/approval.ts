// An approval that changes on the phone when it is pressed. Run it in a checkout, open the address it prints, press, and
// end it by Ctrl+C:
//
//   npm run example:approval
//
// It plays both sides: a simulator in place of WeCom, and the program that asks. With a real corp the second half stays
// as it is: leave out `baseUrl`, take the other values from the app's settings, and give WeCom the address of the server.
import { once } from "node:events"
import { createServer } from "node:http"
import type { Server } from "node:http"
import { templateCard, WeCom } from "@wecom-push/sdk"
import { createCallbackHandler } from "@wecom-push/sdk/callback"
import type { CardEvent } from "@wecom-push/sdk/callback"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"

const APPROVER = "zhangsan"

await using sim = await startSimulator({ port: 0 })
const [app] = sim.org.apps
if (app === undefined) throw new Error("the simulator has no app")
const { agentid: agentId, secret, callback } = app
const corpId = sim.org.corp_id

await using wecom = new WeCom({ baseUrl: sim.url, corpId, secret, agentId })

const server = createServer(
  createCallbackHandler({
    token: callback.token,
    encodingAesKey: callback.encoding_aes_key,
    receiveId: corpId,
    async onEvent(event) {
      if (event.kind === "template_card_event") await decide(event)
    },
    onError: console.error,
    onRefused: ({ message }) => console.error(message),
  }),
).listen(0, "127.0.0.1")
await once(server, "listening")
await tellWhereWeAre(sim, server)

await wecom.send(
  { users: [APPROVER] },
  templateCard({
    card_type: "button_interaction",
    task_id: `purchase-${Date.now()}`,
    main_title: { title: "采购申请：笔记本电脑 3 台", desc: "李四 · 合计 29,700 元" },
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
  }),
)
console.log(`Open ${sim.url}/?user=${APPROVER} and press a button.`)

await once(process, "SIGINT")
server.close()

/** What the press means, and what the phone shows from now on. */
async function decide(event: CardEvent): Promise<void> {
  const isApproved = event.EventKey === "approve"
  const budget = event.SelectedItems.find(({ QuestionKey }) => QuestionKey === "budget")?.OptionIds[0]
  await wecom.updateCard(event, {
    template_card: {
      card_type: "button_interaction",
      main_title: { title: "采购申请：笔记本电脑 3 台", desc: isApproved ? "已批准，转采购部办理" : "已驳回" },
      button_list: [{ text: "同意", key: "approve" }],
      replace_text: isApproved ? "已同意" : "已驳回",
    },
  })
  console.log(`${event.FromUserName} ${isApproved ? "approved" : "rejected"}, budget ${budget}`)
}

/** What an administrator does once in the console, under 接收消息. */
async function tellWhereWeAre({ url, org }: Simulator, here: Server): Promise<void> {
  const address = here.address()
  const port = typeof address === "object" ? address?.port : undefined
  const apps = org.apps.map((one) => {
    if (one.agentid !== agentId) return one
    return { ...one, callback: { ...callback, url: `http://127.0.0.1:${port}/` } }
  })
  const response = await fetch(`${url}/_sim/org`, { method: "PUT", body: JSON.stringify({ ...org, apps }) })
  if (!response.ok) throw new Error(await response.text())
}
