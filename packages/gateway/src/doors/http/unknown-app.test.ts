import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"

const app = (name: string, agentId: number) => ({ name, corpId: "ww0000000000000001", agentId, secret: "sim-secret" })
const TO = { users: ["lisi"] }

test("a fault of the app names it where the request does: in the body, the query or the path", async () => {
  await using gateway = await startTestGateway({ apps: [app("alerts", 1_000_002), app("hr", 1_000_003)] })
  for (const [method, url, body, path] of [
    ["POST", "/v1/messages", aMessage({ app: "nope" }), "/app"],
    ["POST", "/v1/lookup", { app: "nope", mobile: "13800000001" }, "/app"],
    ["POST", "/v1/messages/cancel", { app: "nope" }, "/app"],
    ["POST", "/v1/chats", { app: "nope", members: TO }, "/app"],
    ["GET", "/v1/messages?app=nope", undefined, "app"],
    ["GET", "/v1/chats?app=nope", undefined, "app"],
    ["GET", "/v1/chats/c1?app=nope", undefined, "app"],
    ["PATCH", "/v1/chats/c1?app=nope", { name: "值班群" }, "app"],
    ["POST", "/in/text?app=nope&to=lisi", "x", "app"],
    ["GET", "/v1/apps/nope", undefined, "name"],
    ["PATCH", "/v1/apps/nope", { agent_id: 1 }, "name"],
    ["DELETE", "/v1/apps/nope", undefined, "name"],
    ["GET", "/v1/apps/nope/departments", undefined, "name"],
    ["GET", "/v1/apps/nope/conversations", undefined, "name"],
  ] as const) {
    const { status, json } = await gateway.request(url, { method, ...(body !== undefined && { body }) })
    const faults = json.errors?.map((error: { path: string; code: string }) => `${error.path} ${error.code}`)
    assert.deepEqual([status, faults], [404, [`${path} unknown_app`]], `${method} ${url}`)
  }
  for (const [url, body, path] of [
    ["/v1/messages", aMessage({ app: undefined }), "/app"],
    ["/v1/chats", undefined, "app"],
    ["/in/text?to=lisi", "x", "app"],
  ] as const) {
    const { status, json } = await gateway.request(url, body === undefined ? {} : { body })
    const faults = json.errors?.map((error: { path: string; code: string }) => `${error.path} ${error.code}`)
    assert.deepEqual([status, faults], [422, [`${path} required`]], url)
    assert.match(json.detail, /^No app is named, and the key holds several; name one: it holds alerts, hr/)
  }
})
