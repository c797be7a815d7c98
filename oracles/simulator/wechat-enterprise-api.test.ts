// A client from WeCom's first years, independent of this project: files, contacts, and its way to send.
import assert from "node:assert/strict"
import { test } from "node:test"
import { SAMPLES } from "../../packages/simulator/src/testing/sample-media.ts"
import { ALERTS, CORP_ID, simClient } from "../../packages/simulator/src/testing/sim-client.ts"
import { wechatEnterpriseApi } from "../wechat-enterprise-api.ts"

const appOf = (url: string) => ({ url, corpId: CORP_ID, secret: ALERTS.secret, agentId: ALERTS.agentid })

for (const [type, method, name] of [
  ["image", "uploadImage", "图.png"],
  ["voice", "uploadVoice", "silence.amr"],
  ["video", "uploadVideo", "v.mp4"],
  ["file", "uploadFile", "报告.txt"],
] as const) {
  // proves 4.test 6: wechat-enterprise-api, unchanged
  test(`wechat-enterprise-api uploads a ${type}, sends it, and gets its very bytes back`, async () => {
    await using sim = await simClient()
    await using peer = await wechatEnterpriseApi(appOf(sim.sim.url))

    const { data: uploaded } = await peer.call(method, await peer.file(name, SAMPLES[type]))
    assert.ok(!Buffer.isBuffer(uploaded))
    assert.deepEqual([uploaded["errcode"], uploaded["type"]], [0, type])
    const { media_id } = uploaded
    await peer.call("send", { touser: "zhangsan" }, { msgtype: type, [type]: { media_id } })
    const [copy] = await sim.copies("zhangsan")
    assert.deepEqual(copy?.payload["media_id"], media_id)

    const { data: bytes, headers } = await peer.call("getMedia", media_id)
    assert.deepEqual(bytes, SAMPLES[type])
    assert.match(headers["content-disposition"] ?? "", /attachment/)
  })
}

test("wechat-enterprise-api gets what is wrong with a file, or with an id", async () => {
  await using sim = await simClient()
  await using peer = await wechatEnterpriseApi(appOf(sim.sim.url))
  const text = await peer.file("a.png", SAMPLES.file)
  await assert.rejects(peer.call("uploadImage", text), { name: "WeChatAPIError" })
  await assert.rejects(
    peer.call("send", { touser: "zhangsan" }, { msgtype: "image", image: { media_id: "unknown" } }),
    {
      name: "WeChatAPIError",
      code: 40007,
    },
  )
})

// proves 4.test 6: wechat-enterprise-api, unchanged
test("wechat-enterprise-api reads members, tags and its own app", async () => {
  await using sim = await simClient()
  await using peer = await wechatEnterpriseApi(appOf(sim.sim.url))
  const read = async (method: string, ...parameters: readonly unknown[]) => {
    const { data } = await peer.call(method, ...parameters)
    assert.ok(!Buffer.isBuffer(data))
    return data
  }
  assert.deepEqual((await read("getUser", "zhangsan"))["userid"], "zhangsan")
  const members = (await read("getDepartmentUsers", 2, 0, 0))["userlist"] as { userid: string }[]
  assert.ok(members.some(({ userid }) => userid === "lisi"))
  const tags = (await read("listTags"))["taglist"] as { tagid: number }[]
  const ofTag = (await read("getTagUsers", 1))["userlist"] as { userid: string }[]
  assert.ok(tags.some(({ tagid }) => tagid === 1))
  assert.deepEqual(new Set(ofTag.map(({ userid }) => userid)), new Set(["zhangsan", "WangWu"]))
  assert.deepEqual((await read("getAgent"))["agentid"], ALERTS.agentid)
  await assert.rejects(peer.call("getUser", "nobody"), { name: "WeChatAPIError" })
})

test("wechat-enterprise-api sends several texts by one token", async () => {
  await using sim = await simClient()
  await using peer = await wechatEnterpriseApi(appOf(sim.sim.url))
  for (const content of ["一", "二"])
    await peer.call("send", { touser: "zhangsan" }, { msgtype: "text", text: { content } })
  const tokens = (await sim.calls()).filter(({ path }) => path === "/cgi-bin/gettoken")
  assert.equal(tokens.length, 1)
  assert.deepEqual(
    (await sim.copies("zhangsan")).map(({ payload }) => payload["content"]),
    ["一", "二"],
  )
})
