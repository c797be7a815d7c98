import assert from "node:assert/strict"
import { test } from "node:test"
import { startBench } from "./testing/try-command.ts"
import type { Bench, Ran } from "./testing/try-command.ts"

function addresses({ json }: Ran): string[] {
  return json.recipients.map(({ address }) => address)
}

async function texts(bench: Bench): Promise<unknown[]> {
  const shown = await bench.shown()
  return shown.map(({ body }) => (body["text"] as { content: string } | undefined)?.content)
}

test("lists may be repeated and separated by commas, those of a Chinese keyboard too", async () => {
  await using bench = await startBench()
  const argv = ["send", "--json", "--dry-run", "--text", "x", "--mobile", "13800000001, 13800000002,"]
  const ran = await bench.run([...argv, "--mobile", "13800000003，13800000007", "--user", "a、b"])
  assert.equal(ran.code, 0)
  assert.deepEqual(addresses(ran).toSorted(), "13800000001 13800000002 13800000003 13800000007 a b".split(" "))
})

test("departments and tags are whole numbers from 1", async () => {
  await using bench = await startBench()
  const good = await bench.run(["send", "--json", "--dry-run", "--text", "x", "--department", "2,3", "--tag", "1"])
  assert.deepEqual(good.json.calls[0]?.request?.["toparty"], "2|3")
  assert.deepEqual(good.json.calls[0]?.request?.["totag"], "1")
  const bad = await bench.run([
    "send",
    "--json",
    "--text",
    "x",
    "--department",
    "0,2.5,-1,研发",
    "--tag",
    "99999999999",
  ])
  assert.equal(bad.code, 2)
  assert.equal(bad.json.error?.faults.length, 5)
})

const list = "\uFEFF# on duty\r\n13800000001\r\n\r\n  13800000002  # Li Si\r\n13800000003"

test("--mobiles-from reads a file: one a line, without blanks, comments, byte order mark and carriage returns", async () => {
  await using bench = await startBench()
  await bench.file("people.txt", list)
  const ran = await bench.run(["send", "--json", "--text", "x", "--mobiles-from", "people.txt"])
  assert.equal(ran.code, 0)
  assert.deepEqual(addresses(ran), ["13800000001", "13800000002", "13800000003"])
})

test("--mobiles-from - reads stdin, which is then not the text", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--json", "--text", "x", "--mobiles-from", "-"], { stdin: list })
  assert.deepEqual(addresses(ran), ["13800000001", "13800000002", "13800000003"])
  const noText = await bench.run(["send", "--json", "--mobiles-from", "-"], { stdin: list })
  assert.deepEqual(
    noText.json.error?.faults.map(({ path }) => path),
    ["content"],
  )
})

const GBK = Buffer.from("\xd0\xd5\xc3\xfb,\xca\xd6\xbb\xfa\xba\xc5\r\n\xd5\xc5\xc8\xfd,13800000001\r\n", "latin1")
const UNMARKED = Buffer.from("13800000001\r\n", "utf16le")
const UTF_16 = Buffer.from("\uFEFF手机号\r\n13800000001\r\n", "utf16le")

const badLists = [
  { what: "is missing", content: undefined, says: /“people.txt” does not exist/ },
  { what: "is empty", content: "# no number\n", says: /holds no number/ },
  { what: "has a heading alone", content: "手机号\n", says: /holds no number/ },
  { what: "is damaged", content: Buffer.from("13800000001\n\xff", "latin1"), says: /byte 12 \(line 2\)/ },
  { what: "is GBK", content: GBK, says: /people\.txt is in GBK.*CSV UTF-8.*iconv -f GB18030 -t UTF-8/ },
  { what: "is UTF-16", content: UTF_16, says: /people\.txt is in UTF-16.*CSV UTF-8.*iconv -f UTF-16 -t UTF-8/ },
  { what: "is UTF-16 without a mark", content: UNMARKED, says: /is in UTF-16.*iconv -f UTF-16LE -t UTF-8/ },
  { what: "is UTF-16 of the other order without a mark", content: Buffer.from(UNMARKED).swap16(), says: /UTF-16BE/ },
  { what: "is UTF-16 of the other order", content: Buffer.from(UTF_16).swap16(), says: /iconv -f UTF-16 -t UTF-8/ },
] as const

for (const { what, content, says } of badLists) {
  test(`a list that ${what}: exit 2`, async () => {
    await using bench = await startBench()
    if (content !== undefined) await bench.file("people.txt", content)
    const ran = await bench.run(["send", "--text", "x", "--mobiles-from", "people.txt"])
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, says)
  })
}

test("the heading of a list does not count, nor what a spreadsheet adds to a number", async () => {
  await using bench = await startBench()
  for (const heading of ["手机号", '"联系电话"', "Mobile", "phone_number"]) {
    await bench.file("people.csv", `${heading}\r\n'13800000001\r\n13800000002.0\r\n"'13800000003"\r\n`)
    const ran = await bench.run(["send", "--json", "--dry-run", "--text", "x", "--mobiles-from", "people.csv"])
    assert.equal(ran.code, 0, heading)
    assert.deepEqual(addresses(ran), ["13800000001", "13800000002", "13800000003"])
  }
})

const oddLines = [
  { line: "1.38E+10", en: /Excel shortened.*as text/, zh: /Excel 把号码缩写.*文本/ },
  { line: "1.3800000001E10", en: /Excel shortened.*as text/, zh: /Excel 把号码缩写.*文本/ },
  { line: "张三", en: /holds no number/, zh: /里没有号码/ },
  { line: "张三 13800000002", en: /holds more than a number/, zh: /除了号码还有别的内容/ },
  { line: "13800000002 13800000003", en: /holds more than a number/, zh: /除了号码还有别的内容/ },
] as const

for (const { line, ...says } of oddLines) {
  test(`a line of a list that is “${line}” fails alone, and its reason names it`, async () => {
    await using bench = await startBench()
    await bench.file("people.txt", `13800000001\n${line}\n13800000003\n`)
    for (const lang of ["en", "zh"] as const) {
      const ran = await bench.run(["send", "--dry-run", "--text", "x", "--mobiles-from", "people.txt", "--lang", lang])
      assert.equal(ran.code, 1)
      const reason = ran.stderr.split("\n").find((each) => each.includes(line))
      assert.match(reason ?? "", says[lang])
    }
  })
}

test("a reason of many lines is printed once; how numbers are grouped makes no odd line of them", async () => {
  await using bench = await startBench()
  await bench.file("odd.txt", "1.38E+10\n1.39E+10\n")
  const odd = await bench.run(["send", "--text", "x", "--mobiles-from", "odd.txt"])
  assert.equal(odd.stderr.split("Excel").length, 2)
  const grouped = [
    "+86 138-0000-0001",
    "(+86) 13800000001",
    "0086 138 0000 0001",
    "１３８００００００01",
    "138.0000.0001",
  ]
  await bench.file("grouped.txt", grouped.join("\n"))
  const ran = await bench.run(["send", "--json", "--dry-run", "--text", "x", "--mobiles-from", "grouped.txt"])
  assert.deepEqual([ran.code, addresses(ran)], [0, grouped])
})

test("a person who is named again counts once; equal entries that are no number may be two people", async () => {
  await using bench = await startBench()
  await bench.file("people.txt", "13800000001\n13800000001\n+86 13800000001\n13800000002\n1.38E+10\n1.38E+10\n")
  const argv = ["send", "--text", "x", "--mobiles-from", "people.txt", "--lang"]
  assert.match((await bench.run([...argv, "zh"])).stdout, /^接收人：4 · 已发送 2 · 无效 2 · 重复 2$/m)
  assert.match((await bench.run([...argv, "en"])).stdout, /^Recipients: 4 · sent 2 · invalid 2 · named again 2$/m)
  assert.match((await bench.run([...argv, "zh", "--dry-run"])).stdout, /^接收人：4 · 将发送 2 · 无效 2 · 重复 2$/m)
})

test("look-ups closed by unknown numbers: the hint fits the time, and its command lists the numbers and sends nothing", async () => {
  await using bench = await startBench()
  const { limits } = (await bench.control("GET", "settings")) as { limits: Record<string, unknown> }
  await bench.control("PUT", "settings", { limits: { ...limits, lookup_misses_per_day: 2 } })
  const unknown = Array.from({ length: 30 }, (_, index) => String(13911110000 + index))
  await bench.file("people.txt", ["13800000001", ...unknown].join("\n"))
  const argv = ["send", "--text", "x", "--mobiles-from", "people.txt"]
  const ran = await bench.run([...argv, "--lang", "zh"])
  assert.match(ran.stderr, /45009）\d+ 秒内不再向企业微信请求。\n请在这段时间过后重发/)
  assert.doesNotMatch(ran.stderr, /先等 60 秒/)
  assert.match(ran.stderr, /--dry-run --json/)
  const sent = await bench.calls("message/send")
  const listed = (await bench.run([...argv, "--dry-run", "--json"])).json.recipients
  const missing = listed.filter(({ state }) => state === "not_found").map(({ address }) => address)
  assert.ok(missing.length > 0)
  assert.deepEqual(await bench.calls("message/send"), sent)
  assert.deepEqual(
    missing,
    [...ran.stdout.matchAll(/(\d{11}) +查无此人/g)].map(([, address]) => address),
  )
})

test("look-ups closed until the next day: the time is in hours", async () => {
  await using bench = await startBench()
  const { limits } = (await bench.control("GET", "settings")) as { limits: Record<string, unknown> }
  await bench.control("PUT", "settings", { limits: { ...limits, lookup_misses_per_day: 2 } })
  const unknown = Array.from({ length: 1_100 }, (_, index) => String(13911110000 + index))
  await bench.file("people.txt", unknown.join("\n"))
  const ran = await bench.run(["send", "--text", "x", "--mobiles-from", "people.txt"], { sharedTime: true })
  assert.match(ran.stderr, /45009\) WeCom is not asked again for \d+ h \d+ min\.\nSend again after that time/)
})

test("stdin is the text when no other content is given, without the line end that echo adds", async () => {
  await using bench = await startBench()
  assert.equal((await bench.run(["send", "--user", "lisi"], { stdin: "磁盘 91%\n第二行\n" })).code, 0)
  assert.deepEqual(await texts(bench), ["磁盘 91%\n第二行"])
})

test("stdin is left alone when a content flag is given", async () => {
  await using bench = await startBench()
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "flag"], { stdin: "pipe" })).code, 0)
  assert.deepEqual(await texts(bench), ["flag"])
})

test("nothing on stdin is no message: exit 2", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--user", "lisi"], { stdin: "\n" })
  assert.equal(ran.code, 2)
  assert.match(ran.stderr, /stdin/)
})

test("a text may look like a flag", async () => {
  await using bench = await startBench()
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "--json"])).code, 0)
  assert.deepEqual(await texts(bench), ["--json"])
})

const payloads = [
  ["--textcard", "textcard", { title: "t", description: "d", url: "https://example.com" }],
  ["--news", "news", { articles: [{ title: "t", url: "https://example.com" }] }],
  ["--mpnews", "mpnews", { articles: [{ title: "t", thumb_media_id: "m", content: "c" }] }],
  ["--miniprogram-notice", "miniprogram_notice", { appid: "wx1", title: "会议室预订" }],
  [
    "--template-card",
    "template_card",
    { card_type: "text_notice", main_title: { title: "t" }, card_action: { type: 1, url: "https://example.com" } },
  ],
] as const

test("each kind of card is given as JSON or as a file of JSON, and goes out as it was written", async () => {
  await using bench = await startBench()
  for (const [flag, msgtype, payload] of payloads) {
    const file = await bench.file(`${msgtype}.json`, `\uFEFF${JSON.stringify(payload, undefined, 2)}`)
    for (const value of [JSON.stringify(payload), `@${file}`]) {
      const ran = await bench.run(["send", "--json", "--dry-run", "--user", "lisi", flag, value])
      assert.equal(ran.code, 0, ran.stdout)
      const { request } = ran.json.calls[0] ?? {}
      assert.equal(request?.["msgtype"], msgtype)
      assert.deepEqual(request?.[msgtype], payload)
    }
  }
})

const badJson = [
  ["{title:1}", /line 1, column 2, near title/],
  ['{"title": "a"', /not whole, it ends at line 1, column 14/],
  ["[]", /not a JSON object/],
  ['"text"', /not a JSON object/],
  ["@nowhere.json", /“nowhere.json” does not exist/],
] as const

for (const [value, says] of badJson) {
  test(`--textcard ${value}: exit 2, and where`, async () => {
    await using bench = await startBench()
    const ran = await bench.run(["send", "--user", "lisi", "--textcard", value])
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, says)
    const zh = await bench.run(["send", "--user", "lisi", "--textcard", value, "--lang", "zh"])
    assert.match(zh.stderr, /--textcard：.*\p{Script=Han}/u)
  })
}

test("a file of JSON named without its @ is exit 2 and says how to write it", async () => {
  await using bench = await startBench()
  await bench.file("card.json", '{"title":"t","description":"d","url":"https://example.com/"}')
  for (const lang of ["en", "zh"]) {
    const ran = await bench.run(["send", "--user", "lisi", "--textcard", "card.json", "--lang", lang])
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, /--textcard.*@card\.json/)
  }
})

test("one message has one content: two flags, or one twice, are exit 2", async () => {
  await using bench = await startBench()
  const two = await bench.run(["send", "--user", "lisi", "--text", "a", "--markdown", "b"])
  assert.equal(two.code, 2)
  assert.match(two.stderr, /--text, --markdown/)
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "a", "--text", "b"])).code, 2)
})

test("--safe and --enable-id-trans go out, where the type has them", async () => {
  await using bench = await startBench()
  const argv = ["send", "--json", "--dry-run", "--user", "lisi", "--safe", "--enable-id-trans"]
  const { request } = (await bench.run([...argv, "--text", "x"])).json.calls[0] ?? {}
  assert.deepEqual([request?.["safe"], request?.["enable_id_trans"]], [1, 1])
  const markdown = await bench.run([...argv, "--markdown", "x"])
  assert.equal(markdown.code, 2)
  assert.deepEqual(
    markdown.json.error?.faults.map(({ path }) => path),
    ["safe"],
  )
})

test("--duplicate-check takes 1 to 14400 seconds, --overflow one of three words", async () => {
  await using bench = await startBench()
  const argv = ["send", "--json", "--dry-run", "--user", "lisi", "--text", "x"]
  const { request } = (await bench.run([...argv, "--duplicate-check", "600"])).json.calls[0] ?? {}
  assert.deepEqual([request?.["enable_duplicate_check"], request?.["duplicate_check_interval"]], [1, 600])
  for (const more of [
    ["--duplicate-check", "0"],
    ["--duplicate-check", "14401"],
    ["--duplicate-check", "1h"],
    ["--overflow", "cut"],
  ]) {
    const ran = await bench.run([...argv, ...more])
    assert.equal(ran.code, 2)
    assert.deepEqual(
      ran.json.error?.faults.map(({ path }) => path),
      more.slice(0, 1),
    )
  }
})

test("--dry-run looks people up, prints the calls, and sends nothing", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--dry-run", "--mobile", "13800000001,13911112222", "--text", "x"])
  assert.equal(ran.code, 1)
  assert.match(ran.stdout, /POST message\/send \{"touser":"zhangsan"/)
  assert.match(ran.stdout, /13911112222 +not found/)
  assert.deepEqual(await bench.calls("message/send"), [])
  assert.equal((await bench.run(["send", "--dry-run", "--all", "--text", "x"])).code, 0)
})
