import { allowed, refused } from "./forbid-code-from-texts.ts"
import { startWithSimulator } from "../start-with-simulator.ts"
import { aMessage } from "../start-gateway.ts"

/** Sends one message, in a process in which almost no code may make code from a text, and reports who tried. */
const attempts: readonly (() => unknown)[] = [
  // oxlint-disable-next-line no-eval -- it must fail
  () => globalThis.eval("1"),
  // oxlint-disable-next-line typescript/no-implied-eval -- it must fail
  () => new Function("return 1"),
  ...[() => {}, async () => {}, function* () {}, async function* () {}].map(
    (made) => () => made.constructor("return 1"),
  ),
]
const refusedAtLoading = [...refused]
let refusedToOurselves = 0
for (const attempt of attempts) {
  try {
    attempt()
  } catch (error) {
    if (error instanceof EvalError) refusedToOurselves++
  }
}
refused.clear()

await using whole = await startWithSimulator()
const { json } = await whole.request("/v1/messages", {
  body: aMessage({ text: { content: "without code from texts" } }),
})
await whole.until(json.id, "sent")
const [message] = await whole.phone("zhangsan")
for (const path of ["/docs", "/openapi.json", "/metrics", "/nope"]) await whole.request(path)
console.log(
  JSON.stringify({
    refusedToOurselves,
    allowed: [...allowed],
    refused: [...new Set([...refusedAtLoading, ...refused])],
    shown: message?.["body"].text.content,
  }),
)
