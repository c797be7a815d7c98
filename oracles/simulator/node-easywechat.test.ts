// A client that knows nothing of this project is the check against a mistake that our SDK and simulator might share.
import assert from "node:assert/strict"
import { test } from "node:test"
import { easyWeChat } from "../easy-wechat.ts"
import { ALERTS, CORP_ID, simClient } from "../../packages/simulator/src/testing/sim-client.ts"

const APP = { corpId: CORP_ID, secret: ALERTS.secret, agentId: ALERTS.agentid }

test("node-easywechat, unchanged but for its base URL, fetches one token and its texts reach the phone", async () => {
  await using client = await simClient()
  await using peer = await easyWeChat({ url: client.sim.url, ...APP })

  for (const content of ["第一条", "第二条 \u{1F600}"]) {
    const answer = await peer.send({ touser: "zhangsan|nobody", msgtype: "text", text: { content } })
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
  await using peer = await easyWeChat({ url: client.sim.url, ...APP })

  assert.equal((await peer.post("user/getuserid", { mobile: "13800000003" }))["userid"], "WangWu")

  const { response_code: code } = await peer.send({
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
})
