import assert from "node:assert/strict"
import { test } from "node:test"
import type { WeComOptions } from "./client-options.ts"
import { WeCom } from "./client.ts"
import { fetchTransport } from "./transport-fetch.ts"
import { WeComError } from "./wecom-error.ts"

const APP = { corpId: "ww0000000000000001", secret: "s", agentId: 1000002 }

function faultsOf(options: object): WeComError {
  try {
    void new WeCom(options as WeComOptions)
  } catch (error) {
    assert.ok(error instanceof WeComError)
    return error
  }
  return assert.fail("no fault")
}

test("all faults of the options are reported at once, in the language that was asked for", () => {
  const error = faultsOf({
    corpId: "",
    agentId: "1000002",
    baseUrl: "qyapi.weixin.qq.com",
    timeoutMs: 0,
    storeTimeoutMs: 0,
    sourceTimeoutMs: 0,
    downloadIdleMs: 0,
    lookupMissLifetimeMs: Number.NaN,
    language: "zh",
  })
  assert.equal(error.code, "invalid_input")
  assert.deepEqual(
    error.faults.map(({ path, rule }) => `${path} ${rule}`),
    [
      "corpId required",
      "secret required",
      "agentId wrong_type",
      "baseUrl bad_format",
      "timeoutMs bad_format",
      "storeTimeoutMs bad_format",
      "sourceTimeoutMs bad_format",
      "downloadIdleMs bad_format",
      "lookupMissLifetimeMs bad_format",
    ],
  )
  for (const name of ["corpId", "secret", "agentId", "baseUrl"]) assert.match(error.message, new RegExp(name))
  assert.match(error.message, /缺少/)
})

test("the form of a secret is WeCom's business", () => {
  for (const secret of ["x", " a b ", "密码", "=".repeat(500)]) assert.ok(new WeCom({ ...APP, secret }))
})

test("an agent id is a positive whole number", () => {
  for (const agentId of [0, -1, 1.5, Number.NaN, undefined]) {
    assert.deepEqual(
      faultsOf({ ...APP, agentId }).faults.map(({ path }) => path),
      ["agentId"],
    )
  }
})

test("transport, dispatcher and proxy exclude each other, and a proxy must be an address", () => {
  const transport = fetchTransport()
  const proxy = { httpsProxy: "http://proxy.example:3128" }
  assert.deepEqual(faultsOf({ ...APP, transport, proxy }).faults, [
    { path: "proxy", rule: "conflict", severity: "error", because: "transport" },
  ])
  assert.ok(new WeCom({ ...APP, transport, proxy: false }))
  const bad = faultsOf({ ...APP, proxy: { httpsProxy: "http://user:canary@" } })
  assert.deepEqual(
    bad.faults.map(({ path }) => path),
    ["proxy.httpsProxy"],
  )
  assert.doesNotMatch(bad.message, /canary/)
})
