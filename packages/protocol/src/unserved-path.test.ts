import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { unservedPath } from "./unserved-path.ts"

// proves 11.B13: empty 404s
suite("about a path that is not served one line says what to do", () => {
  for (const [target, advice] of [
    [
      "/cgi-bin/user/get?access_token=x",
      "/cgi-bin/user/get is not served; ask WeCom. Served below /cgi-bin/: gettoken, message/send",
    ],
    ["/cgi-bin/gettoken?x", "/cgi-bin/gettoken takes GET or POST, as WeCom's document of it says"],
    ["/cgi-bin/Message/Send", "/cgi-bin/Message/Send is not served; write /cgi-bin/message/send"],
    ["/cgi-bin/cgi-bin/gettoken", "/cgi-bin/cgi-bin/gettoken is not served; write /cgi-bin/gettoken"],
    [
      "/cgi-bin/\u00e9\r\nX: y",
      "/cgi-bin/???X:?y is not served; ask WeCom. Served below /cgi-bin/: gettoken, message/send",
    ],
  ] as const) {
    test(JSON.stringify(target), () => {
      assert.equal(unservedPath(target, ["gettoken", "message/send"], "ask WeCom"), advice)
    })
  }

  test("and is short however long the path is", () => {
    assert.ok(unservedPath(`/cgi-bin/${"x".repeat(10_000)}`, ["gettoken"], "ask WeCom").length < 200)
  })
})
