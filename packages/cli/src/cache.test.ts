import assert from "node:assert/strict"
import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { secret, startBench } from "./testing/try-command.ts"

test("a loop of three sends asks for one token and looks the number up once", async () => {
  await using bench = await startBench()
  for (const text of ["a", "b", "c"]) {
    assert.equal((await bench.run(["send", "--mobile", "13800000001", "--text", text])).code, 0)
  }
  assert.equal((await bench.calls("gettoken")).length, 1)
  assert.equal((await bench.calls("user/getuserid")).length, 1)
  assert.equal((await bench.calls("message/send")).length, 3)
})

test("another secret, corp or address has its own token", async () => {
  await using bench = await startBench()
  const send = ["send", "--user", "lisi", "--text", "x"]
  assert.equal((await bench.run(send)).code, 0)
  const hr = { WECOM_APP_SECRET: "sim-secret-hr", WECOM_AGENT_ID: "1000003" }
  assert.equal((await bench.run(send, { env: hr })).code, 0)
  assert.equal((await bench.calls("gettoken")).length, 2)
})

test("a miss is remembered, said to be cached, and asked anew with --fresh", async () => {
  await using bench = await startBench()
  const argv = ["lookup", "--mobile", "13911112222"]
  assert.doesNotMatch((await bench.run(argv)).stderr, /cached/)
  assert.match((await bench.run(argv)).stderr, /cached, --fresh asks again/)
  assert.match((await bench.run([...argv, "--lang", "zh"])).stderr, /来自缓存，--fresh 可重新查询/)
  const send = await bench.run(["send", "--mobile", "13911112222", "--text", "x"])
  assert.match(send.stderr, /cached, --fresh asks again/)
  assert.equal((await bench.calls("user/getuserid")).length, 1)
  assert.doesNotMatch((await bench.run([...argv, "--fresh"])).stderr, /cached/)
  assert.equal((await bench.calls("user/getuserid")).length, 2)
})

test("what is kept is for its owner alone, and named by neither secret nor number", async () => {
  await using bench = await startBench()
  await bench.run(["send", "--mobile", "13800000001", "--text", "x"])
  const folder = join(bench.folder, "cache", "wecom-push")
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  const files = await readdir(folder)
  assert.ok(files.length >= 2)
  for (const file of files) {
    assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file)
    const content = await readFile(join(folder, file), "utf8")
    assert.ok(!`${file}${content}`.includes(secret))
    assert.ok(!`${file}${content}`.includes("13800000001"))
  }
})

test("a pause of look-ups is remembered by the next command", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009, times: 1 })
  const argv = ["send", "--json", "--mobile", "13800000001", "--text", "x"]
  const first = await bench.run(argv)
  assert.equal(first.code, 3)
  const second = await bench.run(argv)
  assert.equal(second.code, 3)
  assert.equal(second.json.recipients[0]?.reason, "lookup_paused")
  assert.equal((await bench.calls("user/getuserid")).length, 1)
})
