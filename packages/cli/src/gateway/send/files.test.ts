import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { startBadLine } from "../../testing/bad-line.ts"
import { startGatewayBench } from "../../testing/gateway-bench.ts"
import type { GatewayBench } from "../../testing/gateway-bench.ts"

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
const MP4 = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x08mdat", "latin1")
const AMR = Buffer.concat([Buffer.from("#!AMR\n\x3c"), Buffer.alloc(31)])
const TEXT = Buffer.from("日志 1\n")

async function onPhone(bench: GatewayBench): Promise<Buffer> {
  const { body } = (await bench.shown()).at(-1) ?? assert.fail("nothing on the phone")
  const { media_id } = body[String(body["msgtype"])] as { media_id: string }
  return Buffer.from(await (await fetch(`${bench.url}/_sim/media/${media_id}`)).arrayBuffer())
}

async function messagesOf(bench: GatewayBench): Promise<unknown[]> {
  return (await bench.api("GET", "/v1/messages")).json.items
}

suite("a file goes through the gateway to the phone as it is", () => {
  for (const [type, bytes] of [
    ["image", PNG],
    ["voice", AMR],
    ["video", MP4],
    ["file", TEXT],
  ] as const) {
    test(`--${type}`, async () => {
      await using bench = await startGatewayBench()
      const ran = await bench.run(["send", "--user", "lisi", `--${type}`, await bench.file("现场 1.dat", bytes)])
      assert.equal(ran.code, 0, ran.stderr)
      assert.deepEqual(await onPhone(bench), bytes)
    })
  }
})

// proves 4.4: the command
test("the next command hands the same file in again, and WeCom gets it once", async () => {
  await using bench = await startGatewayBench(["alerts", "hr"])
  const argv = ["send", "--app", "alerts", "--user", "lisi", "--file", await bench.file("a.txt", TEXT)]
  for (let time = 0; time < 3; time++) assert.equal((await bench.run(argv)).code, 0)
  assert.equal((await bench.calls("media/upload")).length, 1)
  assert.equal((await bench.shown()).length, 3)
})

test("what is wrong with a file is exit 2 before any request", async () => {
  await using bench = await startGatewayBench()
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--image", await bench.file("a.png", TEXT)])
  assert.equal(ran.code, 2)
  const [fault] = ran.json.error?.faults ?? []
  assert.equal(fault?.path, "--image")
  assert.match(fault?.message ?? "", /JPG or PNG/)
  assert.deepEqual(await messagesOf(bench), [])
})

test("--dry-run uploads nothing", async () => {
  await using bench = await startGatewayBench()
  const file = await bench.file("a.txt", TEXT)
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--dry-run", "--file", file])
  assert.equal(ran.code, 2)
  assert.deepEqual(await bench.calls("media/upload"), [])
  assert.deepEqual(await messagesOf(bench), [])
})

test("an upload whose answer is lost is made again; a gateway that refuses it is exit 3, and nothing is sent", async () => {
  await using bench = await startGatewayBench()
  await using line = await startBadLine(bench.gateway.url)
  let losses = 1
  line.trouble = (method) => (method === "POST" && losses-- > 0 ? "lost" : undefined)
  const send = ["send", "--json", "--user", "lisi", "--file", await bench.file("a.txt", TEXT)]
  const again = await bench.run(send, { env: { WECOM_PUSH_URL: line.url }, realTime: false })
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stderr, /again/)
  const { json } = await bench.api("POST", "/v1/keys", { name: "reader", scopes: ["read"], apps: "all" })
  const refused = await bench.run(send, { env: { WECOM_PUSH_KEY: json.key } })
  assert.deepEqual([refused.code, refused.json.error?.code], [3, "insufficient_scope"])
  assert.equal((await messagesOf(bench)).length, 1)
})

test("a file that WeCom does not take is reported with its code and what to do, in both languages", async () => {
  await using bench = await startGatewayBench()
  for (const [lang, words] of [
    ["en", /does not take the file.*45001/],
    ["zh", /不接受这个文件.*45001/],
  ] as const) {
    await bench.fault({ path: "media/upload", kind: "errcode", errcode: 45001, times: 1 })
    const file = await bench.file(`${lang}.txt`, TEXT)
    const ran = await bench.run(["send", "--user", "lisi", "--lang", lang, "--file", file])
    assert.equal(ran.code, 3)
    assert.match((ran.stdout + ran.stderr).replaceAll("\n", " "), words)
  }
})

test("a file of 20 MB arrives whole", async () => {
  await using bench = await startGatewayBench()
  const bytes = Buffer.alloc(20 * 1024 * 1024, "日志")
  const ran = await bench.run(["send", "--user", "lisi", "--file", await bench.file("big.log", bytes)])
  assert.equal(ran.code, 0, ran.stderr)
  assert.deepEqual(await onPhone(bench), bytes)
})
