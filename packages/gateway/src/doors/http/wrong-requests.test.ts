import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"

suite("a refusal names the mistake", () => {
  const gateway = shared(async (resources) => resources.use(await startTestGateway()))

  const saidOf = async (
    method: string,
    url: string,
    init: { headers?: Record<string, string>; body?: string } = {},
  ) => {
    const said: string[] = []
    for (const language of ["en", "zh-CN"]) {
      const headers = { ...init.headers, "accept-language": language }
      const { status, json } = await gateway().request(url, { key: null, ...init, method, headers })
      said.push(`${status} ${json.detail}`)
    }
    return said
  }
  const authorization = `Bearer ${ADMIN_KEY}`

  test("another method", async () => {
    const said = await saidOf("GET", "/v1/lookup", { headers: { authorization } })
    assert.deepEqual(said, ["405 This path takes POST.", "405 此路径只接受 POST。"])
  })

  for (const [path, meant] of [
    ["/v1/messages/", "/v1/messages"],
    ["//v1//messages", "/v1/messages"],
    ["/messages", "/v1/messages"],
    ["/api/v1/messages", "/v1/messages"],
    ["/V1/Messages", "/v1/messages"],
    ["/v1/message", "/v1/messages"],
    ["/v1/message/msg_1/recipients", "/v1/messages/msg_1/recipients"],
  ] as const)
    test(`the path ${path}`, async () => {
      const body = JSON.stringify(aMessage())
      const said = await saidOf("POST", path, { headers: { authorization }, body })
      assert.deepEqual(said, [
        `404 There is no such path; ${meant} may be meant.`,
        `404 此路径不存在，可能应为 ${meant}。`,
      ])
    })

  test("a path that resembles none", async () => {
    const said = await saidOf("GET", `/v1/${"x".repeat(30)}`, { headers: { authorization } })
    assert.deepEqual(said, ["404 No such path", "404 此路径不存在"])
  })

  test("JSON for a path that takes a form", async () => {
    const said = await saidOf("POST", "/v1/media", { headers: { authorization }, body: "{}" })
    assert.deepEqual(said, [
      "415 The body came as application/json; this path takes multipart/form-data.",
      "415 请求体的 Content-Type 是 application/json；此路径只接受 multipart/form-data。",
    ])
  })

  test("nothing to send, below /in", async () => {
    const said = await saidOf("POST", "/in/text?to=lisi", { headers: { authorization } })
    assert.deepEqual(said, [
      "400 The message is empty; put its text into the body.",
      "400 消息为空，请把内容放入请求体。",
    ])
  })
})
