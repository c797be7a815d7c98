// A client that knows nothing of this project is the check against a mistake that our SDK and gateway might share.
import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { PNG, TEXT } from "../../packages/gateway/src/doors/http/testing/media-form.ts"
import { easyWeChat } from "../easy-wechat.ts"
import type { EasyWeChat } from "../easy-wechat.ts"
import {
  ALERTS,
  CORP_ID,
  ROOT,
  startCompat,
} from "../../packages/gateway/src/doors/compat/testing/compat-under-test.ts"
import type { CompatUnderTest } from "../../packages/gateway/src/doors/compat/testing/compat-under-test.ts"

// client: node-easywechat | qyapi | npm
// proves 3.test 4: unchanged clients
test("node-easywechat, unchanged but for base URL and secret, fetches one token and its texts reach the phone", async () => {
  await using compat = await startCompat()
  await using peer = await peerOf(compat)

  for (const content of ["第一条", "第二条 \u{1F600}"]) {
    const answer = await peer.send({ touser: "zhangsan|nobody", msgtype: "text", text: { content } })
    assert.equal(answer["errcode"], 0)
    assert.equal(answer["invaliduser"], "nobody")
  }

  const copies = await compat.sim.copies("zhangsan")
  assert.deepEqual(
    copies.map(({ payload }) => payload),
    [{ content: "第一条" }, { content: "第二条 \u{1F600}" }],
  )
})

test("node-easywechat finds a userid by mobile, updates a card and recalls it", async () => {
  await using compat = await startCompat()
  await using peer = await peerOf(compat)

  assert.equal((await peer.post("user/getuserid", { mobile: "13800000003" }))["userid"], "WangWu")

  const { response_code: code, msgid } = await peer.send({
    touser: "zhangsan",
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: "easywechat-1",
      main_title: { title: "要发布吗?" },
      button_list: [{ text: "发布", key: "go" }],
    },
  })
  const updated = await peer.post("message/update_template_card", {
    userids: ["zhangsan"],
    agentid: ALERTS.agentid,
    response_code: code,
    button: { replace_name: "已发布" },
  })
  assert.equal(updated["errcode"], 0)
  assert.equal((await peer.post("message/recall", { msgid }))["errcode"], 0)
  assert.deepEqual(await compat.sim.copies("zhangsan"), [])
})

test("node-easywechat uploads a picture and a file, and sends them", async () => {
  await using compat = await startCompat()
  await using peer = await peerOf(compat)
  for (const [type, name, bytes] of [
    ["image", "图.png", PNG],
    ["file", "日志.txt", TEXT],
  ] as const) {
    const path = join(compat.gateway.folder.path, name)
    writeFileSync(path, bytes)
    const uploaded = await peer.upload(type, path)
    assert.equal(uploaded["errcode"], 0, String(uploaded["errmsg"]))
    assert.match(String(uploaded["media_id"]), /^med_/)
    const sent = await peer.send({ touser: "zhangsan", msgtype: type, [type]: { media_id: uploaded["media_id"] } })
    assert.equal(sent["errcode"], 0, String(sent["errmsg"]))
    const copy = (await compat.sim.copies("zhangsan")).at(-1) ?? assert.fail("nothing on the phone")
    const { media_id } = copy.payload as { media_id: string }
    const shown = await fetch(`${compat.sim.sim.url}/_sim/media/${media_id}`)
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), bytes)
  }
})

// proves 32.compat-chats: unchanged clients
test("node-easywechat makes a group chat, changes it, looks at it and sends into it", async () => {
  const apps = [{ name: "all", corpId: CORP_ID, agentId: ROOT.agentid, secret: ROOT.secret }]
  await using compat = await startCompat({ apps })
  await using peer = await peerOf(compat, ROOT.agentid, ["all"])

  const { chatid, ...made } = await peer.post("appchat/create", { name: "发布", userlist: ["zhangsan", "lisi"] })
  assert.deepEqual(made, { errcode: 0, errmsg: "ok" })
  const change = { chatid, owner: "lisi", add_user_list: ["WangWu"] }
  assert.equal((await peer.post("appchat/update", change))["errcode"], 0)
  const { chat_info } = await peer.get("appchat/get", { chatid: String(chatid) })
  const userlist = ["zhangsan", "lisi", "WangWu"]
  assert.deepEqual(chat_info, { chatid, name: "发布", owner: "lisi", userlist, chat_type: 0 })
  const text = { chatid, msgtype: "text", text: { content: "开始" } }
  assert.equal((await peer.post("appchat/send", text))["errcode"], 0)
  assert.deepEqual(
    (await compat.sim.copies("WangWu")).map(({ payload }) => payload),
    [{ content: "开始" }],
  )
})

// proves 32.task-card: unchanged clients
test("node-easywechat sends a task card and shows on it which button was pressed", async () => {
  await using compat = await startCompat()
  await using peer = await peerOf(compat)
  const taskcard = {
    title: "请假",
    description: "李四 1 天",
    task_id: "easywechat-2",
    btn: [{ key: "yes", name: "同意", replace_name: "已同意" }],
  }
  assert.equal((await peer.send({ touser: "zhangsan", msgtype: "taskcard", taskcard }))["errcode"], 0)
  const update = { userids: ["zhangsan"], agentid: ALERTS.agentid, task_id: "easywechat-2", clicked_key: "yes" }
  assert.equal((await peer.post("message/update_taskcard", update))["errcode"], 0)
  assert.deepEqual((await compat.sim.copies("zhangsan")).at(-1)?.payload, { ...taskcard, clicked_key: "yes" })
})

async function peerOf(
  compat: CompatUnderTest,
  agentId: number = ALERTS.agentid,
  apps: readonly string[] = ["alerts"],
): Promise<EasyWeChat> {
  const { key } = await compat.key({ apps })
  return easyWeChat({ url: compat.gateway.url, corpId: CORP_ID, secret: key, agentId })
}
