import assert from "node:assert/strict"
import { test } from "node:test"
import { callbackOf } from "./frame-callback.ts"

const RECEIVER = { app: "assistant", bot: "aib" }

test("what PostgreSQL cannot keep of a frame is U+FFFD, wherever it stands; an escaped backslash is no escape", () => {
  const content = "NUL \0, half \ud83d, low \ude00, whole 😀, tab \t, none \\u0000 \\\\ud83d"
  const body = {
    msgid: "m\0",
    chattype: "single",
    from: { userid: "li\0si" },
    msgtype: "text",
    text: { content },
    "n\0": 1,
  }
  const callback = callbackOf({ cmd: "aibot_msg_callback", reqId: "1", body }, RECEIVER, 0)
  assert.equal(callback?.id, "frame m\uFFFD")
  assert.equal(callback.spoken?.id, "li\uFFFDsi")
  const cleaned = "NUL \uFFFD, half \uFFFD, low \uFFFD, whole 😀, tab \t, none \\u0000 \\\\ud83d"
  assert.deepEqual(callback.data["fields"], {
    msgid: "m\uFFFD",
    chattype: "single",
    from: { userid: "li\uFFFDsi" },
    msgtype: "text",
    text: { content: cleaned },
    "n\uFFFD": 1,
  })
})
