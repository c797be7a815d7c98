import assert from "node:assert/strict"
import { test } from "node:test"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { ADMIN_KEY, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

const KEYS = { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY }
const ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEYCANARY"

const start = (folder: TemporaryFolder, environment: Readonly<Record<string, string>>): Promise<TestGateway> =>
  startTestGateway({ folder, apps: [], environment: { ...KEYS, ...environment } })

async function kindsOf(gateway: TestGateway): Promise<unknown[]> {
  const { json, text } = await gateway.request("/v1/apps")
  assert.doesNotMatch(text, /CANARY/)
  return (json.items as { name: string; kind: string }[]).map(({ name, kind }) => [name, kind])
}

// proves 32.robot-of-environment: the app called robot
test("a group robot of the environment is the app `robot`, takes messages, and follows a changed key", async () => {
  using folder = new TemporaryFolder()
  {
    await using gateway = await start(folder, { WECOM_ROBOT_KEY: ROBOT })
    assert.deepEqual(await kindsOf(gateway), [["robot", "robot"]])
    const body = { app: "robot", msgtype: "text", text: { content: "发布完成" } }
    assert.equal((await gateway.request("/v1/messages", { method: "POST", body })).status, 202)
    assert.equal((await gateway.stores.apps.secrets("robot"))?.secret, "KEYCANARY")
  }
  await using gateway = await start(folder, { WECOM_ROBOT_KEY: "OTHERCANARY" })
  assert.equal((await gateway.stores.apps.secrets("robot"))?.secret, "OTHERCANARY")
  assert.doesNotMatch(gateway.logLines.join("\n"), /CANARY/)
})

test("with an app of another kind by that name the gateway does not start, and says why", async () => {
  using folder = new TemporaryFolder()
  {
    await using gateway = await start(folder, {})
    const body = { name: "robot", corp_id: "ww1", agent_id: 1, secret: "s" }
    assert.equal((await gateway.request("/v1/apps", { method: "POST", body })).status, 201)
  }
  await assert.rejects(start(folder, { WECOM_ROBOT_KEY: ROBOT }), /WECOM_ROBOT_KEY/)
})
