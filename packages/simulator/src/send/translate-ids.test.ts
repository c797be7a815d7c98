import assert from "node:assert/strict"
import { test } from "node:test"
import { simClient } from "../testing/sim-client.ts"

test("4.13: with enable_id_trans marks become names", async () => {
  await using sim = await simClient()
  await sim.org(({ members: [member] }) => Object.assign(member ?? {}, { alias: "老张" }))
  const content = "$userName=ZhangSan$ $userAlias=zhangsan$ $userAliasOrName=WangWu$ $departmentName=2$"
  await sim.send({ enable_id_trans: 1, text: { content } })
  assert.deepEqual((await sim.copies())[0]?.payload, { content: "张三 老张 王五 研发部" })
})

test("4.13: a mark that is unknown, out of range or malformed stays as typed", async () => {
  await using sim = await simClient()
  const content =
    "$userName=ghost$ $userName=outsider$ $departmentName=4$ $departmentName=x$ $userAlias=lisi$ $userName=lisi"
  await sim.send({ enable_id_trans: 1, text: { content } })
  assert.deepEqual((await sim.copies())[0]?.payload, { content })
})

test("4.13: without enable_id_trans, and in markdown, marks stay as typed", async () => {
  await using sim = await simClient()
  const payload = { content: "$userName=zhangsan$" }
  await sim.send({ text: payload })
  await sim.send({ msgtype: "markdown", markdown: payload, enable_id_trans: 1 })
  assert.deepEqual(
    (await sim.copies()).map(({ payload }) => payload),
    [payload, payload],
  )
})

test("4.13: in a card only the documented fields are translated", async () => {
  await using sim = await simClient()
  const mark = "$userName=zhangsan$"
  const card = {
    card_type: "text_notice",
    main_title: { title: mark, desc: mark },
    quote_area: { quote_text: mark },
    horizontal_content_list: [{ keyname: mark, value: mark }],
    card_action: { type: 1, url: "https://example.com" },
  }
  await sim.send({ msgtype: "template_card", template_card: card, enable_id_trans: 1 })
  assert.deepEqual((await sim.copies())[0]?.payload, {
    ...card,
    main_title: { title: "张三", desc: "张三" },
    horizontal_content_list: [{ keyname: mark, value: "张三" }],
  })
})
