// A client that knows nothing of this project is the check against a mistake that our SDK and simulator might share.
import assert from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { Work } from "node-easywechat"
import { ALERTS, CORP_ID, simClient } from "../testing/sim-client.ts"

test("node-easywechat, unchanged but for its base URL, fetches one token and its texts reach the phone", async () => {
  await using client = await simClient()
  await using easyWeChat = await workOf(client.sim.url)

  for (const content of ["第一条", "第二条 \u{1F600}"]) {
    const answer = await easyWeChat.send({ touser: "zhangsan|nobody", msgtype: "text", text: { content } })
    assert.equal(answer["errcode"], 0)
    assert.equal(answer["invaliduser"], "nobody")
  }

  const copies = await client.copies("zhangsan")
  assert.deepEqual(
    copies.map(({ payload }) => payload),
    [{ content: "第一条" }, { content: "第二条 \u{1F600}" }],
  )
  const tokens = (await client.calls()).filter(({ path }) => path === "/cgi-bin/gettoken")
  assert.equal(tokens.length, 1)
})

test("node-easywechat finds a userid by mobile and updates a card", async () => {
  await using client = await simClient()
  await using easyWeChat = await workOf(client.sim.url)

  assert.equal((await easyWeChat.post("user/getuserid", { mobile: "13800000003" }))["userid"], "WangWu")

  const { response_code: code } = await easyWeChat.send({
    touser: "zhangsan",
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: "easywechat-1",
      main_title: { title: "要发布吗?" },
      button_list: [{ text: "发布", key: "go" }],
    },
  })
  const updated = await easyWeChat.post("message/update_template_card", {
    userids: ["zhangsan"],
    agentid: ALERTS.agentid,
    response_code: code,
    button: { replace_name: "已发布" },
  })
  assert.equal(updated["errcode"], 0)
})

async function workOf(url: string): Promise<
  AsyncDisposable & {
    post(path: string, body: object): Promise<Record<string, unknown>>
    send(message: object): Promise<Record<string, unknown>>
  }
> {
  // It keeps its token in a folder shared by all its users on the machine unless told otherwise.
  const folder = await mkdtemp(join(tmpdir(), "easywechat-"))
  const app = new Work({
    corp_id: CORP_ID,
    secret: ALERTS.secret,
    token: "unused",
    aes_key: "",
    http: { baseURL: `${url}/` },
    file_cache: { path: folder, dirMode: 0o700, fileMode: 0o600, ext: ".cache" },
  })
  const client = app.getClient()
  const post = async (path: string, body: object): Promise<Record<string, unknown>> =>
    (await client.postJson(`/cgi-bin/${path}`, body)).toObject<Record<string, unknown>>()
  return {
    post,
    send: (message) => post("message/send", { agentid: ALERTS.agentid, ...message }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
