import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { CallbackCipher, signCallback } from "@wecom-push/protocol/callback"
import { startBench } from "../testing/try-command.ts"
import type { Bench, Ran } from "../testing/try-command.ts"

const KEYS = {
  WECOM_CALLBACK_TOKEN: "pushToken2024",
  WECOM_ENCODING_AES_KEY: "pqxXJiYx6H6j2jR5XZ1y5ROgVEJ9vVdnbHY7Vz1Ck5U",
} as const
const CORP = "ww0123456789abcdef"

/** The command while it listens, and what it has said so far. */
async function listening(
  bench: Bench,
  argv: readonly string[],
  options: { env?: Record<string, string>; blank?: boolean } = {},
) {
  const stop = new AbortController()
  let said = ""
  const heard = new EventTarget()
  const onOutput = (text: string): void => {
    said += text
    heard.dispatchEvent(new Event("more"))
  }
  const ran = bench.run(["listen", "--port", "0", ...argv], {
    ...options,
    signal: stop.signal,
    realTime: true,
    onOutput,
  })
  const says = async (what: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = what.exec(said)
      if (found !== null) return found
      await Promise.race([once(heard, "more"), ran.then(() => assert.fail(`it ended and said: ${said}`))])
    }
  }
  const [, address = ""] = await says(/(http:\/\/[\d.]+:\d+\/)/)
  return {
    address,
    says,
    async ends(): Promise<Ran> {
      stop.abort()
      return ran
    },
  }
}

async function urlOf(bench: Bench, agentid = 1_000_002): Promise<string | undefined> {
  const { apps } = (await bench.control("GET", "org")) as { apps: { agentid: number; callback: { url: string } }[] }
  return apps.find((app) => app.agentid === agentid)?.callback.url
}

async function pressCard(bench: Bench, selected: object = {}): Promise<void> {
  const card = {
    card_type: "button_interaction",
    task_id: `deploy-${randomUUID()}`,
    main_title: { title: "要发布吗？" },
    button_selection: { question_key: "region", option_list: [{ id: "eu", text: "欧洲" }] },
    button_list: [{ text: "同意", key: "approve" }],
  }
  const sent = await bench.run(["send", "--json", "--user", "zhangsan", "--template-card", JSON.stringify(card)])
  assert.equal(sent.code, 0, sent.stderr)
  const click = { msgid: sent.json.calls[0]?.msgid, key: "approve", selected }
  assert.equal(((await bench.control("POST", "phones/zhangsan/click", click)) as { state: string }).state, "delivered")
}

function delivery(inner: string, token: string = KEYS.WECOM_CALLBACK_TOKEN): { query: string; body: string } {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const encrypted = new CallbackCipher(KEYS.WECOM_ENCODING_AES_KEY, CORP).encrypt(inner)
  const msg_signature = signCallback({ token, timestamp, nonce: "1", encrypted })
  const query = new URLSearchParams({ msg_signature, timestamp, nonce: "1" }).toString()
  return { query, body: `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>` }
}

const innerText = (content: string): string =>
  `<xml><FromUserName>007</FromUserName><CreateTime>1735689700</CreateTime><MsgType>text</MsgType><MsgId>1</MsgId>` +
  `<Content><![CDATA[${content}]]></Content><AgentID>1</AgentID></xml>`

// proves 4.4: the command
test("beside a simulator it registers itself, prints presses, and gives the address back", async () => {
  await using bench = await startBench()
  const listener = await listening(bench, [])
  assert.equal(await urlOf(bench), listener.address)
  await pressCard(bench, { region: ["eu"] })
  await listener.says(/card pressed {2}zhangsan {2}approve {2}region=eu {2}deploy-/)
  const { code, stdout } = await listener.ends()
  assert.equal(code, 0)
  assert.match(stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}card pressed/)
  assert.equal(await urlOf(bench), "")
})

// proves 4.4: the command
test("--json is one event a line, as WeCom calls it", async () => {
  await using bench = await startBench()
  const listener = await listening(bench, ["--json"])
  await pressCard(bench)
  await pressCard(bench)
  await listener.says(/\n\{.*\n[^]*\n?/)
  const lines = (await listener.ends()).stdout.trim().split("\n")
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    events.map(({ kind, FromUserName, EventKey }) => [kind, FromUserName, EventKey]),
    [
      ["template_card_event", "zhangsan", "approve"],
      ["template_card_event", "zhangsan", "approve"],
    ],
  )
  assert.match(String(events[0]?.["ResponseCode"]), /^[\w-]{20,}$/)
})

test("another app by --agent-id; the address that the simulator called before is shown, and called again afterwards", async () => {
  await using bench = await startBench()
  const org = (await bench.control("GET", "org")) as { apps: { agentid: number; callback: object }[] }
  const before = "http://127.0.0.1:9/before"
  await bench.control("PUT", "settings", { callback_verification: "off" })
  await bench.control("PUT", "org", {
    ...org,
    apps: org.apps.map((app) =>
      app.agentid === 1_000_003 ? { ...app, callback: { ...app.callback, url: before } } : app,
    ),
  })
  const listener = await listening(bench, ["--agent-id", "1000003", "--lang", "zh"])
  await listener.says(/不再发往 http:\/\/127\.0\.0\.1:9\/before/)
  assert.equal(await urlOf(bench, 1_000_003), listener.address)
  assert.equal((await listener.ends()).code, 0)
  assert.equal(await urlOf(bench, 1_000_003), before)
})

test("with token and key it receives from anyone who signs with them, and says why it refuses others", async () => {
  await using bench = await startBench()
  const env = { ...KEYS, WECOM_CORP_ID: CORP }
  const listener = await listening(bench, [], { blank: true, env })
  const post = async ({ query, body }: { query: string; body: string }): Promise<number> =>
    (await fetch(`${listener.address}wecom?${query}`, { method: "POST", body })).status
  assert.equal(await post(delivery(innerText("第一行\n第二行\u001B[2J\u202E\u001B[32m✓"))), 200)
  await listener.says(/text {2}007 {2}第一行 第二行\\u001b\[2J\\u202e\\u001b\[32m✓\n/)
  assert.equal(await post(delivery(innerText("x"), "another")), 403)
  await listener.says(/A request was refused\. The signature is wrong/)
  const { code, stdout, stderr } = await listener.ends()
  assert.equal(code, 0)
  assert.ok(!stdout.includes("\u001B") && !stdout.includes("\u202E"))
  for (const secret of Object.values(KEYS)) assert.ok(!(stdout + stderr).includes(secret))
  assert.equal(await urlOf(bench), "")
})

for (const [rule, env, paths, sentence] of [
  ["nothing is configured", {}, ["WECOM_CALLBACK_TOKEN", "WECOM_ENCODING_AES_KEY", "WECOM_CORP_ID"], /simulate/],
  [
    "the key is too short",
    { ...KEYS, WECOM_CORP_ID: CORP, WECOM_ENCODING_AES_KEY: "abc" },
    ["WECOM_ENCODING_AES_KEY"],
    /43.*3 characters/,
  ],
  [
    "the token has a blank",
    { ...KEYS, WECOM_CORP_ID: CORP, WECOM_CALLBACK_TOKEN: "a b" },
    ["WECOM_CALLBACK_TOKEN"],
    /letters and digits/,
  ],
  [
    "the key is missing",
    { WECOM_CORP_ID: CORP, WECOM_CALLBACK_TOKEN: "a" },
    ["WECOM_ENCODING_AES_KEY"],
    /EncodingAESKey/,
  ],
  [
    "a file of the key is not there",
    { WECOM_CORP_ID: CORP, WECOM_CALLBACK_TOKEN: "a", WECOM_ENCODING_AES_KEY_FILE: "no" },
    ["WECOM_ENCODING_AES_KEY_FILE", "WECOM_ENCODING_AES_KEY"],
    /no/,
  ],
] as const) {
  test(`exit 2 and every fault by name when ${rule}`, async () => {
    await using bench = await startBench()
    const { code, json } = await bench.run(["listen", "--json"], { blank: true, env })
    assert.equal(code, 2)
    assert.deepEqual(
      json.error?.faults.map(({ path }) => path),
      paths,
    )
    assert.match(JSON.stringify(json.error), sentence)
  })
}

test("exit 2 when the port is taken, is none, or the simulator has no such app", async () => {
  await using bench = await startBench()
  const other = createServer().listen(0, "127.0.0.1")
  await using _other = other
  await once(other, "listening")
  const { port } = other.address() as AddressInfo
  const taken = await bench.run(["listen", "--port", String(port)])
  assert.equal(taken.code, 2)
  assert.match(taken.stderr, new RegExp(`${port}.*--port`))
  assert.equal((await bench.run(["listen", "--port", "70000"])).code, 2)
  const unknown = await bench.run(["listen", "--agent-id", "9"])
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /WECOM_AGENT_ID|--agent-id/)
  assert.match(unknown.stderr, /1000002, 1000003, 1000004/)
  assert.equal(await urlOf(bench), "")
})

test("exit 3 when the simulator does not take the address", async () => {
  await using bench = await startBench()
  const org = JSON.stringify(await bench.control("GET", "org"))
  const stubborn = createServer((request, response) => {
    response.writeHead(request.method === "GET" ? 200 : 400).end(request.method === "GET" ? org : "no")
  }).listen(0, "127.0.0.1")
  await using _stubborn = stubborn
  await once(stubborn, "listening")
  const { port } = stubborn.address() as AddressInfo
  const ran = await bench.run(["listen", "--port", "0", "--base-url", `http://127.0.0.1:${port}`])
  assert.equal(ran.code, 3, ran.stderr)
  assert.match(ran.stderr, /does not take the address/)
})
