import assert from "node:assert/strict"
import { suite, test } from "node:test"
import type { Scope } from "./ports/keys.ts"
import { decideForward, LISTED_PATH, neverPasses } from "./forward-rules.ts"

const key = (forward: readonly string[], scopes: readonly Scope[] = ["send"]) => ({ forward, scopes })

suite("what passes to WeCom", () => {
  for (const [path, forward, scopes, decision] of [
    ["user/get", [], ["contacts"], "passes"],
    ["user/list_id", [], ["contacts"], "passes"],
    ["tag/list", [], ["contacts"], "passes"],
    ["user/list", [], ["contacts"], "not_listed"],
    ["user/get", [], ["media"], "not_listed"],
    ["media/get", [], ["media"], "passes"],
    ["media/uploadimg", [], ["media"], "passes"],
    ["media/get/jssdk", [], ["media"], "not_listed"],
    ["user/get", [], ["send", "read"], "not_listed"],
    ["user/list", ["user/list"], ["send"], "passes"],
    ["user/list", ["user/*"], ["send"], "passes"],
    ["externalcontact/groupchat/list", ["externalcontact/*"], ["send"], "passes"],
    ["user/delete", ["user/*"], ["send"], "not_listed"],
    ["user/delete", ["user/delete"], ["send"], "passes"],
    ["user/delete", ["*"], ["send"], "not_listed"],
    ["getcallbackip", ["*"], ["send"], "passes"],
    ["get_jsapi_ticket", ["*"], ["send"], "not_listed"],
    ["get_jsapi_ticket", ["get_jsapi_ticket"], ["send"], "passes"],
    ["ticket/get", ["ticket/*"], ["send"], "not_listed"],
    ["corp/get_provider_token", ["*"], ["send"], "not_listed"],
    ["agent/get_secret", ["agent/*"], ["send"], "not_listed"],
    ["users/get", ["user*"], ["send"], "passes"],
    ["message/get_statistics", ["message/get_statistics"], ["send"], "passes"],
    ["linkedcorp/message/send", ["linkedcorp/*"], ["send"], "not_listed"],
    ["linkedcorp/message/send", ["linkedcorp/message/send"], ["send"], "passes"],
    ["gettoken", ["gettoken", "*"], ["contacts"], "never"],
    ["message/send", ["message/send", "*"], ["contacts"], "never"],
    ["message/update_taskcard", ["message/*"], ["contacts"], "never"],
    ["appchat/send", ["appchat/send", "*"], ["contacts"], "never"],
    ["webhook/send", ["webhook/send", "*"], ["contacts"], "never"],
    ["user/getuserid", ["user/getuserid", "*"], ["contacts"], "never"],
    ["user/get_userid_by_email", ["*"], ["contacts"], "never"],
    ["user/../gettoken", ["*"], ["contacts"], "unreadable"],
    ["user/%2e%2e/gettoken", ["*"], ["contacts"], "unreadable"],
    ["user%2fget", ["*"], ["contacts"], "unreadable"],
    ["user/get;x", ["*"], ["contacts"], "unreadable"],
    ["User/get", ["*"], ["contacts"], "unreadable"],
    ["", ["*"], ["contacts"], "unreadable"],
  ] as const) {
    test(`${path} for ${scopes.join(" ")}, forward ${forward.join(" ")}: ${decision}`, () => {
      assert.equal(decideForward(path, key(forward, scopes)), decision)
    })
  }
})

test("a key lists paths below /cgi-bin/, exact or ending in an asterisk", () => {
  for (const good of ["user/get", "user/*", "user*", "*", "get_api_domain_ip"]) assert.match(good, LISTED_PATH)
  for (const bad of ["/user/get", "user/*/get", "user/../x", "USER/get", "", "**", "user/get?x=1", "https://x"]) {
    assert.doesNotMatch(bad, LISTED_PATH)
  }
  assert.deepEqual(["message/send", "gettoken", "message/*", "user/get"].map(neverPasses), [true, true, false, false])
})
