import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "./testing/start-gateway.ts"

/** Secrets of all kinds, each unlike anything else in an answer. */
const SECRETS = {
  admin: "canary-admin-key-that-is-long-enough-to-be-one",
  master: "ca".repeat(32),
  app: "canary-app-secret",
  callbackToken: "canarycallbacktoken",
  aes: "canaryAes".repeat(5).slice(0, 43),
  proxy: "canary-proxy-password",
  wecomToken: "canary-access-token",
  text: "canary-text-of-a-message",
} as const

async function startWithSecrets(): Promise<TestGateway> {
  const gateway = await startTestGateway({
    environment: {
      WECOM_PUSH_ADMIN_KEY: SECRETS.admin,
      WECOM_PUSH_MASTER_KEY: SECRETS.master,
      HTTPS_PROXY: `http://user:${SECRETS.proxy}@127.0.0.1:1`,
      LOG_LEVEL: "debug",
    },
    apps: [
      {
        name: "alerts",
        corpId: "ww0000000000000001",
        agentId: 1_000_002,
        secret: SECRETS.app,
        callbackToken: SECRETS.callbackToken,
        encodingAesKey: SECRETS.aes,
      },
    ],
  })
  await gateway.stores.tokens.set("alerts", { token: SECRETS.wecomToken, expiresAt: Date.now() + 7_200_000 })
  // Errors as HTTP clients report them: about an address, or about the body that was to be sent.
  const query = `access_token=${SECRETS.wecomToken}&corpsecret=${SECRETS.app}`
  const complaint = `GET https://user:${SECRETS.proxy}@qyapi.example/cgi-bin/x?${query} (Bearer ${SECRETS.admin})`
  gateway.dispatcher.lookUp = () => Promise.reject(new Error(complaint))
  return gateway
}

const withoutKey = ["none", undefined]

// proves row 41: secrets in logs and answers
test("row 41: no secret is in anything that the gateway answers, whatever is asked for", async () => {
  await using gateway = await startWithSecrets()
  const made = await gateway.request("/v1/keys", {
    key: SECRETS.admin,
    body: { name: "k", scopes: ["send", "read"], apps: "all" },
  })
  const { key } = made.json
  const message = await gateway.request("/v1/messages", { key, body: aMessage({ text: { content: SECRETS.text } }) })
  const { paths } = (await gateway.request("/openapi.json", { key: null })).json as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
  const shots = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replace("{app}", "alerts") })),
  )
  // A stream of events has no end; and after requests that delete apps and keys there would be little to answer.
  const finite = shots.filter(({ method, path }) => path !== "/v1/events" && method !== "DELETE")
  assert.ok(finite.length > 25, `${finite.length} routes`)
  const answers: TestAnswer[] = []
  for (const { method, path } of finite) {
    for (const id of [path.startsWith("/v1/apps") ? "alerts" : message.json.id, made.json.id, "ww0000000000000001"]) {
      const url = path.replaceAll(/\{\w+\}/g, id)
      const bodies = method === "GET" ? [undefined] : [{}, { canary: true }, `{"text": "${SECRETS.text}`, aMessage()]
      for (const [body, as] of bodies.flatMap((body) => [SECRETS.admin, key, ...withoutKey].map((as) => [body, as]))) {
        answers.push(await gateway.request(url, { method, key: as ?? null, body }))
      }
    }
  }
  for (const path of ["/v1/apps", "/metrics", "/v1/audit?limit=1000", "/cgi-bin/gettoken?corpid=x&corpsecret=y"]) {
    answers.push(await gateway.request(path, { key: SECRETS.admin }))
  }
  answers.push(await gateway.request("/v1/lookup", { key, body: { mobile: "13800000001" } }))
  assert.ok(answers.some(({ status, json }) => status === 500 && json.code === "internal_error"))
  assert.ok(answers.filter(({ status }) => status === 200).length > 20)
  for (const { text, headers } of answers) {
    const told = `${text} ${JSON.stringify([...headers])}`
    for (const secret of [...Object.values(SECRETS), key]) assert.ok(!told.includes(secret), `${secret}: ${told}`)
  }
  await gateway.stop()
  const log = gateway.logLines.join("")
  for (const secret of [...Object.values(SECRETS), key]) assert.ok(!log.includes(secret), secret)
})

// proves row 40: where WeCom is, and TLS
test("row 40: where WeCom is cannot be changed over HTTP", async () => {
  await using gateway = await startTestGateway()
  const elsewhere = "https://evil.example"
  const app = { name: "evil", corp_id: "ww1", agent_id: 1, secret: "s" }
  for (const field of ["base_url", "api_base_url", "proxy", "https_proxy", "ca", "verify", "insecure"]) {
    const wishes: readonly (readonly [method: string, path: string, body: object])[] = [
      ["POST", "/v1/apps", { ...app, [field]: elsewhere }],
      ["POST", "/v1/apps", { ...app, settings: { [field]: elsewhere } }],
      ["PATCH", "/v1/apps/alerts", { [field]: elsewhere }],
      ["PATCH", "/v1/apps/alerts", { settings: { [field]: elsewhere } }],
      ["PUT", "/v1/corps/ww0000000000000001", { settings: { [field]: elsewhere } }],
      ["POST", "/v1/messages", aMessage({ [field]: elsewhere })],
    ]
    for (const [method, path, body] of wishes) {
      const { status, json } = await gateway.request(path, { method, body })
      assert.deepEqual([status, json.code], [400, "unknown_field"], `${method} ${path} ${JSON.stringify(body)}`)
    }
  }
})
