import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { startGatewayBench } from "../testing/gateway-bench.ts"
import { startBench } from "../testing/try-command.ts"
import type { Bench } from "../testing/try-command.ts"

const CARD = {
  card_type: "button_interaction",
  main_title: { title: "上线?" },
  button_list: [{ text: "同意", key: "yes" }],
}
const NOTICE = {
  card_type: "text_notice",
  main_title: { title: "已上线" },
  card_action: { type: 1, url: "https://example.com" },
}

let cards = 0

/** Each card has a task of its own, as WeCom wants it. */
function send(): string[] {
  const card = { ...CARD, task_id: `deploy-${++cards}` }
  return ["send", "--user", "zhangsan,lisi", "--json", "--template-card", JSON.stringify(card)]
}

/** A card without the id of its task, which is of each card alone. */
const face = (card: object) => ({ ...card, task_id: undefined })

/** What the phones show of each member's newest copy. */
async function faces(bench: Bench): Promise<Record<string, unknown>> {
  const { messages } = (await bench.control("GET", "messages")) as {
    messages: { userid: string; body: { template_card: object } }[]
  }
  return Object.fromEntries(messages.map(({ userid, body }) => [userid, face(body.template_card)]))
}

suite("card update by a response_code", () => {
  const bench = shared(async (resources) => resources.use(await startBench()))
  const run = (...argv: string[]) => bench().run(argv)
  const sent = async () => String((await run(...send())).json.calls[0]?.response_code)

  // proves 32.card-command: by a response_code, buttons and whole cards
  test("replaces the buttons of the one who is named, and the whole card for all", async () => {
    const ran = await run("card", "update", await sent(), "--user", "lisi", "--button", "已同意")
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "", "The card is changed.\n"])
    assert.deepEqual(await faces(bench()), { zhangsan: face(CARD), lisi: face({ ...CARD, replace_text: "已同意" }) })
    const file = await bench().file("notice.json", JSON.stringify(NOTICE))
    const whole = await run("card", "update", await sent(), "--template-card", `@${file}`, "--json")
    assert.deepEqual([whole.code, whole.json], [0, { ok: true, invalid_users: [], error: null }])
    assert.deepEqual(await faces(bench()), { zhangsan: face(NOTICE), lisi: face(NOTICE) })
  })

  // proves 32.card-command: exit codes say what may have changed
  test("a member without the card is exit code 1, a code that is used 3, a lost answer 4", async () => {
    const code = await sent()
    const kept = await run("card", "update", code, "--user", "lisi,wangwu", "--button", "x", "--lang", "zh")
    assert.equal(kept.code, 1, kept.stderr)
    assert.match(kept.stderr, /没有更新.*：wangwu/)
    const used = await run("card", "update", code, "--button", "x")
    assert.equal(used.code, 3)
    assert.match(used.stderr, /60140/)
    await bench().fault({ path: "message/update_template_card", kind: "reset_after" })
    assert.equal((await run("card", "update", await sent(), "--button", "x")).code, 4)
  })

  for (const [title, argv, path] of [
    ["neither form", [], "content"],
    ["both forms", ["--button", "x", "--template-card", "{}"], "content"],
    ["a card without a type", ["--template-card", '{"main_title":{"title":"x"}}'], "template_card.card_type"],
    ["unreadable JSON", ["--template-card", "{"], "--template-card"],
    ["a department that is no id", ["--department", "x", "--button", "x"], "--department"],
    ["a code and a gateway", ["--gateway", "http://127.0.0.1:9", "--button", "x"], "--gateway"],
    ["a key without a gateway", ["--key", "wp_x", "--button", "x"], "--key"],
  ] as const) {
    test(`${title} is exit code 2, and names it`, async () => {
      const { code, json } = await run("card", "update", "code-1", ...argv, "--json")
      assert.equal(code, 2)
      assert.ok(
        json.error?.faults.some((fault) => fault.path === path),
        JSON.stringify(json),
      )
    })
  }

  test("a code that starts with a dash is no flag", async () => {
    const ran = await run("card", "update", "-Zt8xXGfBcIB3QFqLxzQdnA1Zt8xXGfBcIB", "--button", "x")
    assert.equal(ran.code, 3, ran.stderr)
  })
})

suite("card update through a gateway", () => {
  const bench = shared(async (resources) => resources.use(await startGatewayBench()))
  const run = (...argv: string[]) => bench().run(argv)

  // proves 32.card-command: through a gateway, by the id of the message
  test("changes the card of a message once; later no code is left", async () => {
    const id = String((await run(...send())).json["id"])
    const first = await run("card", "update", id, "--button", "已同意", "--json")
    assert.equal(first.code, 0, first.stderr)
    assert.equal(first.json["id"], id)
    assert.deepEqual(await faces(bench()), {
      zhangsan: face({ ...CARD, replace_text: "已同意" }),
      lisi: face({ ...CARD, replace_text: "已同意" }),
    })
    const again = await run("card", "update", id, "--button", "x", "--json")
    assert.notEqual(again.code, 0)
    assert.equal(again.json.ok, false)
  })

  test("a refusal of WeCom is exit code 1 with its words, a lost answer 4", async () => {
    const other = async () => String((await run(...send())).json["id"])
    await bench().fault({ path: "message/update_template_card", kind: "errcode", errcode: 42014 })
    const refused = await run("card", "update", await other(), "--button", "x")
    assert.equal(refused.code, 1, refused.stderr)
    assert.match(refused.stderr, /WeCom refused \(42014/)
    await bench().fault({ path: "message/update_template_card", kind: "reset_after" })
    const lost = await run("card", "update", await other(), "--button", "x")
    assert.equal(lost.code, 4, lost.stderr)
  })

  test("an id that is no message's is exit code 2, an unknown one is the gateway's refusal", async () => {
    assert.equal((await run("card", "update", "msg_../../v1/keys", "--button", "x")).code, 2)
    assert.match((await run("card", "update", "msg_none", "--button", "x")).stderr, /msg_none|message/)
  })
})
