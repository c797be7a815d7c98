import assert from "node:assert/strict"
import { test } from "node:test"
import { hearCalls } from "../../../../gateway/src/doors/http/testing/hear-calls.ts"
import { startGatewayBench } from "../../testing/gateway-bench.ts"

const GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// proves 30.trace: `wecom-push send`
test("30.trace: a send through a gateway belongs to the trace of TRACEPARENT, and what is none fails no send", async () => {
  await using bench = await startGatewayBench()
  using heard = hearCalls({ simulator: bench })
  const send = async (env: Readonly<Record<string, string>>): Promise<void> => {
    const { code } = await bench.run(["send", "--user", "zhangsan", "--text", "你好"], { env })
    assert.equal(code, 0)
  }
  await send({ TRACEPARENT: GIVEN, TRACESTATE: "a=1" })
  for (const TRACEPARENT of ["", "链路", "a\nb", "broken"]) await send({ TRACEPARENT })
  assert.deepEqual(
    heard.of("message/send").map(({ traceparent, tracestate }) => [traceparent, tracestate]),
    [[GIVEN, "a=1"], ...Array.from({ length: 4 }, () => [undefined, undefined])],
  )
})
