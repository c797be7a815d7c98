import assert from "node:assert/strict"
import { test } from "node:test"
import { apiTarget } from "./api-target.ts"

for (const [target, expected] of [
  ["/cgi-bin/message/send?access_token=a//b/", "/cgi-bin/message/send?access_token=a//b/"],
  ["//cgi-bin/message/send", "/cgi-bin/message/send"],
  ["/cgi-bin//message///send//?a=1", "/cgi-bin/message/send?a=1"],
  ["/cgi-bin/gettoken/?corpid=x", "/cgi-bin/gettoken?corpid=x"],
  ["http://127.0.0.1:7788/cgi-bin/gettoken", "/cgi-bin/gettoken"],
  ["HTTPS://qyapi.example//cgi-bin/gettoken/?a=http://x//y", "/cgi-bin/gettoken?a=http://x//y"],
  ["/cgi-bin/", "/cgi-bin/"],
  ["/cgi-bin", "/cgi-bin"],
  ["//v1/messages/", "//v1/messages/"],
  ["http://evil.example/_sim/org", "http://evil.example/_sim/org"],
  ["/x/cgi-bin//gettoken", "/x/cgi-bin//gettoken"],
  ["*", "*"],
  ["", ""],
] as const) {
  test(`the target ${JSON.stringify(target)} is ${JSON.stringify(expected)}`, () => {
    assert.equal(apiTarget(target), expected)
  })
}
