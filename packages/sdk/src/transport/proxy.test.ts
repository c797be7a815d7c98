import assert from "node:assert/strict"
import { test } from "node:test"
import { proxyPicker } from "./proxy.ts"

const picks = (url: string, noProxy = ""): boolean =>
  proxyPicker({ httpsProxy: "http://proxy.example:3128", noProxy })(new URL(url)) !== undefined

test("https goes through the proxy, http and loopback do not", () => {
  assert.ok(picks("https://qyapi.weixin.qq.com"))
  for (const direct of [
    "http://gateway.example",
    "https://localhost:7780",
    "https://sim.localhost",
    "https://127.0.0.1",
    "https://127.9.9.9",
    "https://[::1]:7780",
    "https://[::ffff:127.0.0.1]",
  ]) {
    assert.ok(!picks(direct), direct)
  }
})

test("a name in NO_PROXY covers itself and its subdomains, a port narrows it, * covers everything", () => {
  for (const [noProxy, url, isDirect] of [
    ["qq.com", "https://qyapi.weixin.qq.com", true],
    [".qq.com", "https://qyapi.weixin.qq.com", true],
    ["*.qq.com", "https://qyapi.weixin.qq.com", true],
    ["QYAPI.weixin.qq.com.", "https://qyapi.weixin.qq.com", true],
    ["a.example, qq.com", "https://qyapi.weixin.qq.com", true],
    ["a.example qq.com", "https://qyapi.weixin.qq.com", true],
    ["q.com", "https://qyapi.weixin.qq.com", false],
    ["qq.com:443", "https://qyapi.weixin.qq.com", true],
    ["qq.com:8443", "https://qyapi.weixin.qq.com", false],
    ["10.1.2.3", "https://10.1.2.3", true],
    ["*", "https://anything.example", true],
    ["", "https://anything.example", false],
  ] as const) {
    assert.equal(picks(url, noProxy), !isDirect, `${noProxy} ${url}`)
  }
})

test("a proxy may be written without its scheme, as curl takes it", () => {
  const pick = proxyPicker({ httpsProxy: "proxy.example:3128" })
  assert.equal(pick(new URL("https://a.example"))?.href, "http://proxy.example:3128/")
})

test("what is no proxy address is refused at once, and not repeated", () => {
  for (const httpsProxy of ["http://user:canary@", "socks5://user:canary@proxy.example", "canary canary", ""]) {
    assert.throws(
      () => proxyPicker({ httpsProxy }),
      (error) => error instanceof TypeError && !`${error.message} ${error.stack}`.includes("canary:"),
      httpsProxy,
    )
  }
})
