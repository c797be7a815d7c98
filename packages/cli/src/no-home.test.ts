import assert from "node:assert/strict"
import { test } from "node:test"
import { start } from "./testing/start-process.ts"
import { startBench } from "./testing/try-command.ts"

/** Some services have a HOME in which nothing can be made, and some systems try for ever to make folders there. */
const onLinux = { skip: process.platform !== "linux", timeout: 60_000 }
const nowhere = { HOME: "/proc/1", XDG_CACHE_HOME: "", XDG_STATE_HOME: "" }

for (const [language, words] of Object.entries({ en: /token cannot be kept .*ENOENT/, zh: /凭证无法保存.*ENOENT/ })) {
  // proves 11.S18: a HOME where nothing can be made
  test(`send with a HOME in which nothing can be made sends, says so, and ends: ${language}`, onLinux, async () => {
    await using bench = await startBench()
    const argv = ["send", "--mobile", "13800000001", "--text", "你好", "--lang", language]
    const { code, stderr } = await start(argv, bench.folder, { ...bench.env, ...nowhere }).ended()
    assert.equal(code, 0, stderr)
    assert.match(stderr, words)
    assert.equal((await bench.shown()).length, 1)
  })
}

// proves 11.S18: a HOME where nothing can be made
test("simulate with a HOME in which nothing can be made says so, and runs", onLinux, async () => {
  await using bench = await startBench()
  await using simulator = start(["simulate", "--port", "0"], bench.folder, nowhere)
  await simulator.says(/ENOENT/)
  await simulator.says(/export WECOM_AGENT_ID/)
})
