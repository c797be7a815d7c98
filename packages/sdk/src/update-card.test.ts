import assert from "node:assert/strict"
import { test } from "node:test"
import type { ButtonInteractionCard } from "@wecom-push/protocol"
import { templateCard } from "./builders.ts"
import { rejected } from "./testing/rejected.ts"
import { simulatedWeCom } from "./testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "./testing/simulated-wecom.ts"

const QUESTION: ButtonInteractionCard = {
  card_type: "button_interaction",
  task_id: "deploy-4711",
  main_title: { title: "发布 4711？" },
  button_list: [{ text: "同意", key: "approve" }],
}

async function aSentCard({ wecom }: SimulatedWeCom): Promise<string> {
  const { calls } = await wecom.send({ users: ["zhangsan", "lisi"] }, templateCard(QUESTION))
  return calls[0]?.response_code ?? ""
}

test("a button text replaces the buttons for everybody who got the card", async () => {
  await using sim = await simulatedWeCom()
  const code = await aSentCard(sim)
  assert.deepEqual(await sim.wecom.updateCard(code, { button: { replace_name: "已同意" } }), { invaliduser: [] })
  for (const { body } of await sim.shown()) assert.match(JSON.stringify(body), /已同意/)
})

test("a whole new card takes the place of the old one, for those who are named", async () => {
  await using sim = await simulatedWeCom()
  const code = await aSentCard(sim)
  const { task_id: _, ...card } = QUESTION
  const update = { template_card: { ...card, main_title: { title: "已发布" }, replace_text: "完成" } }
  const result = await sim.wecom.updateCard(code, update, { userids: ["ZhangSan", "WangWu"] })
  assert.deepEqual(result, { invaliduser: ["wangwu"] })
  assert.match(JSON.stringify((await sim.shown("zhangsan"))[0]?.body), /已发布/)
  assert.doesNotMatch(JSON.stringify((await sim.shown("lisi"))[0]?.body), /已发布/)
})

test("a response_code is good for one use", async () => {
  await using sim = await simulatedWeCom()
  const code = await aSentCard(sim)
  await sim.wecom.updateCard(code, { button: { replace_name: "一" } })
  const error = await rejected(sim.wecom.updateCard(code, { button: { replace_name: "二" } }))
  assert.deepEqual([error.code, error.errcode], ["refused", 60140])
})

test("a faulty update is refused before any request, with every fault", async () => {
  await using sim = await simulatedWeCom()
  const card = { card_type: "button_interaction", main_title: { title: "" }, button_list: [] } as const
  const error = await rejected(sim.wecom.updateCard("", { template_card: card }, {}))
  assert.equal(error.code, "invalid_input")
  const paths = error.faults.map(({ path }) => path)
  assert.deepEqual(paths.toSorted(), [
    "response_code",
    "template_card.button_list",
    "template_card.main_title.title",
    "userids",
  ])
  assert.equal((await sim.calls("message/update_template_card")).length, 0)
})

test("an update whose answer is lost is not repeated, since its code may be spent", async () => {
  await using sim = await simulatedWeCom()
  const code = await aSentCard(sim)
  await sim.fault({ path: "message/update_template_card", kind: "reset_after" })
  const error = await rejected(sim.wecom.updateCard(code, { button: { replace_name: "已同意" } }))
  assert.deepEqual([error.code, error.mayHaveArrived], ["in_doubt", true])
  assert.equal((await sim.calls("message/update_template_card")).length, 1)
})

// proves 4.3: cards as a loop
test("with the event of a press its own code is used, and the card of the member who pressed changes", async () => {
  await using sim = await simulatedWeCom()
  const code = await aSentCard(sim)
  const pressed = { ResponseCode: code, FromUserName: "lisi" }
  assert.deepEqual(await sim.wecom.updateCard(pressed, { button: { replace_name: "已同意" } }), { invaliduser: [] })
  assert.match(JSON.stringify((await sim.shown("lisi"))[0]?.body), /已同意/)
  assert.doesNotMatch(JSON.stringify((await sim.shown("zhangsan"))[0]?.body), /已同意/)
})

test("with the event of a press the cards of everybody change where that is asked for", async () => {
  await using sim = await simulatedWeCom()
  const pressed = { ResponseCode: await aSentCard(sim), FromUserName: "lisi" }
  await sim.wecom.updateCard(pressed, { button: { replace_name: "已同意" } }, { atall: 1 })
  for (const { body } of await sim.shown()) assert.match(JSON.stringify(body), /已同意/)
})
