import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { file, image, markdown, mpnews, news, text, textCard, video, voice } from "../builders.ts"
import { rejected } from "../testing/rejected.ts"
import { SAMPLES } from "../testing/sample-media.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SendableChatMessage } from "./send-to-chat.ts"

const ROOT = { secret: "sim-secret-root", agentId: 1000004 }
const url = "https://example.com/a"

const TYPES: Readonly<Record<string, SendableChatMessage>> = {
  text: { msgtype: "text", text: { content: "值班 <@lisi>", mentioned_list: ["zhangsan", "@all"] } },
  image: image(SAMPLES.image),
  voice: voice({ content: SAMPLES.voice, filename: "a.amr" }),
  video: video({ content: SAMPLES.video, filename: "a.mp4" }),
  file: file({ content: SAMPLES.file, filename: "日志.txt" }),
  textcard: textCard({ title: "请假", description: "两天", url }),
  news: news([{ title: "周报", url }]),
  mpnews: mpnews([{ title: "制度", thumb_media_id: SAMPLES.image, content: "<p>一月起</p>" }]),
  markdown: markdown("**91%**"),
}

const pathsOf = async (work: Promise<unknown>) => {
  const { code, faults } = await rejected(work)
  assert.equal(code, "invalid_input")
  return faults.map(({ path }) => path)
}

suite("chats of an app", () => {
  // proves 32.chats-sdk: made, changed, read
  test("a chat is made, changed and read", async () => {
    await using sim = await simulatedWeCom(ROOT)
    const { chats } = sim.wecom
    const chatid = await chats.create({ name: "值班群", owner: "lisi", userlist: ["zhangsan", "lisi"] })
    await chats.update(chatid, { name: "夜班群", add_user_list: ["WangWu"], del_user_list: ["zhangsan"] })
    assert.deepEqual(await chats.get(chatid), { chatid, name: "夜班群", owner: "lisi", userlist: ["lisi", "WangWu"] })
    assert.equal(await chats.create({ chatid: "oncall", userlist: ["zhangsan", "lisi"] }), "oncall")
    const taken = await rejected(chats.create({ chatid: "oncall", userlist: ["zhangsan", "lisi"] }))
    assert.deepEqual([taken.code, taken.errcode], ["refused", 86215])
  })

  for (const [type, message] of Object.entries(TYPES)) {
    // proves 32.chats-sdk: each type, to the phones of the chat
    test(`${type} reaches the members`, async () => {
      await using sim = await simulatedWeCom(ROOT)
      assert.deepEqual(await sim.wecom.chats.send("simchat", message), {
        ok: true,
        recipients: [{ type: "chat", address: "simchat", state: "sent" }],
        calls: [{ errcode: 0 }],
      })
      const [shown] = await sim.shown("lisi")
      assert.equal(shown?.body["msgtype"], type)
      if (type === "text") assert.deepEqual(shown?.body["text"], Reflect.get(message, "text"))
    })
  }

  test("every fault is named before any request", async () => {
    await using sim = await simulatedWeCom(ROOT)
    const { chats } = sim.wecom
    assert.deepEqual(
      await pathsOf(chats.create({ chatid: "on-call", name: "群".repeat(51), userlist: ["zhangsan"] })),
      ["chatid", "name", "userlist"],
    )
    assert.deepEqual(await pathsOf(chats.update("simchat", {})), ["name"])
    assert.deepEqual(await pathsOf(chats.send("", text("a".repeat(2049)))), ["chatid", "text.content"])
    const card = { msgtype: "template_card", template_card: {} } as unknown as SendableChatMessage
    assert.deepEqual(await pathsOf(chats.send("simchat", card)), ["msgtype"])
    assert.deepEqual(await pathsOf(chats.send("simchat", text("x"), { fresh: true } as object)), ["fresh"])
    assert.deepEqual(await sim.calls("gettoken"), [])
  })

  test("a text that is too long goes in parts, or cut", async () => {
    await using sim = await simulatedWeCom(ROOT)
    const long = text("磁盘 ".repeat(500))
    const { calls } = await sim.wecom.chats.send("simchat", long, { overflow: "split" })
    assert.ok(calls.length > 1)
    assert.equal((await sim.shown("lisi")).length, calls.length)
    assert.equal((await sim.wecom.chats.send("simchat", long, { overflow: "truncate" })).calls.length, 1)
  })

  test("a dry run uploads and sends nothing", async () => {
    await using sim = await simulatedWeCom(ROOT)
    const report = file({ content: SAMPLES.file, filename: "report.txt" })
    const plan = await sim.wecom.chats.send("simchat", report, { dryRun: true })
    assert.deepEqual(plan.recipients, [{ type: "chat", address: "simchat", state: "planned" }])
    assert.equal(plan.uploads[0]?.filename, "report.txt")
    assert.deepEqual(
      plan.calls.map(({ body }) => JSON.parse(body) as unknown),
      [{ chatid: "simchat", msgtype: "file", file: { media_id: "<media_id of report.txt>" } }],
    )
    assert.deepEqual(await sim.calls("media/upload"), [])
  })

  test("a file that WeCom has forgotten is uploaded again, once", async () => {
    await using sim = await simulatedWeCom(ROOT)
    const report = file({ content: SAMPLES.file, filename: "report.txt" })
    assert.equal((await sim.wecom.chats.send("simchat", report)).ok, true)
    await sim.fault({ path: "appchat/send", kind: "errcode", errcode: 40007, times: 1 })
    assert.equal((await sim.wecom.chats.send("simchat", report)).ok, true)
    assert.equal((await sim.calls("media/upload")).length, 2)
  })

  test("a lost answer is in doubt and is not repeated; a refusal fails the chat", async () => {
    await using sim = await simulatedWeCom(ROOT)
    await sim.fault({ path: "appchat/send", kind: "reset_after", times: 1 })
    const { recipients, error } = await sim.wecom.chats.send("simchat", text("x"))
    assert.deepEqual([recipients[0]?.state, error?.code], ["in_doubt", "in_doubt"])
    assert.equal((await sim.calls("appchat/send")).length, 1)
    const unknown = await rejected(sim.wecom.chats.send("none", text("x")))
    assert.deepEqual([unknown.errcode, unknown.result?.recipients[0]?.state], [40050, "failed"])
  })

  test("an app that does not see the root department is refused with the remedy", async () => {
    await using sim = await simulatedWeCom()
    const { errcode, message } = await rejected(sim.wecom.chats.send("simchat", text("x")))
    assert.equal(errcode, 48002)
    assert.match(message, /appchat/)
  })
})
