import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { start } from "../testing/start-process.ts"
import { startBench } from "../testing/try-command.ts"
import type { Bench, Json, Ran } from "../testing/try-command.ts"

function mobiles(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, index) => `139${String(first + index).padStart(8, "0")}`)
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join("")
}

function statesOf({ recipients }: Json): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { state } of recipients) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

/** How many copies each phone shows. */
async function copies(bench: Bench): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { userid } of await bench.shown()) counts.set(userid, (counts.get(userid) ?? 0) + 1)
  return counts
}

async function notSentFiles({ folder }: Bench): Promise<string[]> {
  const state = join(folder, "state", "wecom-push")
  return (await readdir(state).catch(() => [])).map((name) => join(state, name)).toSorted()
}

/** The numbers in a file, as `--mobiles-from` reads it. */
async function numbersIn(file: string): Promise<string[]> {
  return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "" && !line.startsWith("#"))
}

const UNTRUSTED = { path: "message/send", kind: "errcode", errcode: 60020 }

// proves 10.7: long lists
test("over 1,000 recipients the command says once, on stderr, that a gateway is better and how, and continues", async () => {
  await using bench = await startBench({ members: 1_001 })
  await bench.file("list.txt", lines(mobiles(1_001)))
  const en = await bench.run(["send", "--mobiles-from", "list.txt", "--text", "x", "--json", "--lang", "en"])
  assert.equal(en.code, 0)
  assert.deepEqual(statesOf(en.json), { sent: 1_001 })
  assert.equal(en.stderr.split("a gateway is better").length, 2)
  assert.match(en.stderr, /wecom-push serve\n.*wecom-push send --gateway \S+ .*--mobiles-from list\.txt/)
  const zh = await bench.run(["send", "--mobiles-from", "list.txt", "--text", "y", "--lang", "zh"])
  assert.match(zh.stderr, /网关/)
  const quiet = await bench.run(["send", "--mobiles-from", "list.txt", "--text", "z", "--quiet"])
  assert.equal(quiet.stderr, "")
  await bench.file("list.txt", lines(mobiles(1_000)))
  const few = await bench.run(["send", "--mobiles-from", "list.txt", "--text", "x", "--lang", "en"])
  assert.equal(few.stderr, "")
})

// proves 10.7: long lists
test("an error of the app in the middle: those that were not sent to are in a file that --mobiles-from takes", async () => {
  await using bench = await startBench({ members: 6_000 })
  const list = mobiles(6_000)
  await bench.file("list.txt", lines([...list, "13911111111", "12"]))
  await bench.fault({ ...UNTRUSTED, after: 2, times: 1 })
  const to = ["--mobiles-from", "list.txt", "--user", "zhangsan"]
  const ran = await bench.run(["send", ...to, "--text", "x", "--resume", "j", "--lang", "en"])
  assert.equal(ran.code, 1)
  assert.match(ran.stderr, /60020/)
  const [file = "", ...others] = await notSentFiles(bench)
  assert.deepEqual(others, [])
  assert.ok(ran.stderr.includes(file), ran.stderr)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.ok(ran.stdout.split("\n").length < 20, "a list that is in a file is on the screen too")
  const got = await copies(bench)
  const left = await numbersIn(file)
  assert.deepEqual(
    left,
    [...list, "13911111111", "12"].filter((_, index) => index >= 1_999),
    "not found and invalid are settled only where they were looked up",
  )
  assert.equal(got.size, 2_000)
  const again = await bench.run(["send", "--mobiles-from", file, "--text", "x", "--json"])
  assert.deepEqual(statesOf(again.json), { sent: 4_001, not_found: 1, invalid: 1 })
  assert.deepEqual([...new Set((await copies(bench)).values())], [1])
  assert.equal((await copies(bench)).size, 6_001)
  assert.deepEqual(await notSentFiles(bench), [file])
})

test("an error of the app before anything went out is exit 3; a list from stdin is kept, also a short one", async () => {
  await using bench = await startBench({ members: 1_100 })
  await bench.fault(UNTRUSTED)
  await bench.file("list.txt", lines(mobiles(1_100)))
  const long = await bench.run(["send", "--mobiles-from", "list.txt", "--text", "x", "--json"])
  assert.equal(long.code, 3)
  assert.equal(long.json.error?.errcode, 60020)
  const [first = ""] = await notSentFiles(bench)
  assert.equal((await numbersIn(first)).length, 1_100)
  await bench.fault(UNTRUSTED)
  const piped = await bench.run(["send", "--mobiles-from", "-", "--text", "x"], { stdin: "13800000001\n13800000002\n" })
  assert.equal(piped.code, 3)
  const second = (await notSentFiles(bench)).find((file) => file !== first) ?? ""
  assert.deepEqual(await numbersIn(second), ["13800000001", "13800000002"])
  await bench.fault(UNTRUSTED)
  await bench.file("short.txt", "13800000001\n")
  // Nothing went out and the list is where it was: the same command does it.
  assert.equal((await bench.run(["send", "--mobiles-from", "short.txt", "--text", "x"])).code, 3)
  assert.equal((await notSentFiles(bench)).length, 2)
})

// proves 10.7: long lists
test("a file of those not sent never takes the place of another, and holds others as comments", async () => {
  await using bench = await startBench()
  for (let run = 0; run < 2; run++) {
    await bench.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
    await bench.run(
      ["send", "--mobiles-from", "-", "--user", "WangWu", "--email", "lisi@example.com", "--text", "x", "--lang", "en"],
      { stdin: "13800000001\n 13800000001 # again\n" },
    )
  }
  const files = await notSentFiles(bench)
  assert.equal(files.length, 2)
  const text = await readFile(files[0] ?? "", "utf8")
  assert.deepEqual(await numbersIn(files[0] ?? ""), ["13800000001"])
  assert.match(text, /^# +--user WangWu$/m)
  assert.match(text, /^# +--email lisi@example\.com$/m)
})

// proves 10.7: long lists
test("a repeated run with --resume leaves out who got it, looks up only who is new, and sends no second copy", async () => {
  await using bench = await startBench({ members: 2_500 })
  await bench.file("list.txt", lines(mobiles(2_000)))
  const command = ["send", "--mobiles-from", "list.txt", "--text", "x", "--resume", "j", "--json", "--lang", "en"]
  assert.equal((await bench.run(command)).code, 0)
  assert.equal((await stat(join(bench.folder, "j"))).mode & 0o777, 0o600)
  const before = (await bench.calls("message/send")).length
  // The list has grown, has one twice, and one of them under another name.
  await bench.file("list.txt", lines([...mobiles(2_100), "139 0000 0001", "+8613900000002"]))
  const ran = await bench.run([...command, "--user", "m000003,M000004"])
  assert.equal(ran.code, 0)
  assert.deepEqual(statesOf(ran.json), { sent: 2_104 })
  assert.ok(ran.json.recipients.every(({ msgid }) => msgid !== null))
  assert.equal((await bench.calls("message/send")).length, before + 1)
  assert.deepEqual([...new Set((await copies(bench)).values())], [1])
  assert.match(ran.stderr, /sent before 2004, in doubt and not sent again 0/)
  assert.equal(ran.json.calls.length, 3)
})

// proves 10.7: long lists
test("one in doubt is reported again and not sent again: exit 4", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "message/send", kind: "reset_after", times: 1 })
  const command = ["send", "--mobile", "13800000001,13800000002", "--text", "x", "--resume", "j", "--json"]
  const first = await bench.run(command)
  assert.deepEqual([first.code, statesOf(first.json)], [4, { in_doubt: 2 }])
  const second = await bench.run([...command, "--user", "WangWu"])
  assert.deepEqual([second.code, statesOf(second.json)], [4, { in_doubt: 2, sent: 1 }])
  assert.deepEqual([...new Set((await copies(bench)).values())], [1])
})

// proves 10.7: long lists
test("a journal of another app or other content is exit 2 and says what differs; nothing is sent", async () => {
  await using bench = await startBench()
  await bench.file("a.png", pngBytes())
  const to = ["send", "--mobile", "13800000003", "--resume", "j", "--lang", "en"]
  assert.equal((await bench.run([...to, "--text", "x"])).code, 0)
  const journal = await readFile(join(bench.folder, "j"))
  const refused = async (argv: string[], what: RegExp, env = {}): Promise<void> => {
    const { code, stderr } = await bench.run(argv, { env })
    assert.equal(code, 2, stderr)
    assert.match(stderr, /--resume: “j” belongs to another send: /)
    assert.match(stderr, what)
  }
  await refused([...to, "--text", "y"], /content of the message differs/)
  await refused([...to, "--text", "x", "--safe"], /content of the message differs/)
  await refused([...to, "--image", "a.png"], /content of the message differs/)
  await refused([...to, "--text", "x"], /AgentId\) 1000002 there, 1000003 here/, { WECOM_AGENT_ID: "1000003" })
  await refused([...to, "--text", "y"], /corp id ww0000000000000001 there, ww2 here; the content/, {
    WECOM_CORP_ID: "ww2",
  })
  assert.deepEqual(await readFile(join(bench.folder, "j")), journal)
  assert.equal((await bench.shown()).length, 1)
  // The file's content counts, not its name.
  const image = ["send", "--mobile", "13800000003", "--image", "a.png", "--resume", "k"]
  assert.equal((await bench.run(image)).code, 0)
  assert.equal((await bench.run(image)).code, 0)
  await bench.file("a.png", Buffer.concat([pngBytes(), Buffer.from("more")]))
  assert.equal((await bench.run(image)).code, 2)
  assert.equal((await bench.shown()).length, 2)
})

test("what is no journal, or none of ours, is exit 2 and left as it was", async () => {
  await using bench = await startBench()
  const run = (file: string): Promise<Ran> =>
    bench.run(["send", "--mobile", "13800000001", "--text", "x", "--resume", file, "--lang", "en"])
  await bench.file("numbers.txt", "13800000001\n")
  await bench.file("no-line-end", "13800000001")
  await mkdir(join(bench.folder, "folder"))
  await symlink("nowhere/at/all", join(bench.folder, "broken"))
  for (const [file, what] of [
    ["numbers.txt", /not a journal/],
    ["no-line-end", /not a journal/],
    ["folder", /is a folder/],
    ["missing/j", /folder does not exist/],
    ["broken", /folder does not exist/],
    ["/dev/null", /not a plain file/],
    ["", /empty/],
  ] as const) {
    const { code, stderr } = await run(file)
    assert.equal(code, 2, `${file}: ${stderr}`)
    assert.match(stderr, what)
  }
  assert.equal(await readFile(join(bench.folder, "numbers.txt"), "utf8"), "13800000001\n")
  assert.deepEqual(await bench.shown(), [])
  // An empty file, as `mktemp` makes it, is a journal that begins; its rights become the owner's.
  await bench.file("empty", "")
  await chmod(join(bench.folder, "empty"), 0o644)
  assert.equal((await run("empty")).code, 0)
  assert.equal((await stat(join(bench.folder, "empty"))).mode & 0o777, 0o600)
  assert.ok(!(await readdir(bench.folder)).some((name) => name.endsWith(".lock")))
})

test("a journal's torn last line was not sent; a line in the middle that is none is exit 2 and named", async () => {
  await using bench = await startBench()
  const path = join(bench.folder, "j")
  const command = ["send", "--mobile", "13800000001", "--text", "x", "--resume", "j", "--json", "--lang", "en"]
  await bench.run(command)
  const whole = await readFile(path, "utf8")
  const [head = "", run = "", begun = ""] = whole.split("\n")
  for (const torn of ["", head.slice(0, 50), `${head}\n`, `${head}\n${run}\n${begun.slice(0, -5)}`]) {
    await writeFile(path, torn)
    const ran = await bench.run([...command, "--dry-run"])
    assert.equal(ran.json.recipients[0]?.state, "planned", torn)
  }
  await writeFile(path, `${head}\n${run}\n${begun}\n{"call":1,"resu`)
  const inDoubt = await bench.run(command)
  assert.deepEqual([inDoubt.code, statesOf(inDoubt.json)], [4, { in_doubt: 1 }])
  await writeFile(path, `${head}\n${run}\nnonsense\n${begun}\n`)
  const bad = await bench.run(command)
  assert.equal(bad.code, 2)
  assert.match(bad.json.error?.faults[0]?.message ?? "", /line 3/)
  assert.equal((await bench.shown()).length, 1)
})

// proves 10.7: long lists
test("a journal without room for a call ends the run before that call, and the run can be resumed", async () => {
  await using bench = await startBench({ members: 2_500 })
  await bench.file("list.txt", lines(mobiles(2_500)))
  const command = ["send", "--mobiles-from", "list.txt", "--text", "x", "--resume", "j", "--lang", "en"]
  // Room for one call, not for two.
  const script = `ulimit -f 36; exec ${[process.execPath, launcher, ...command].join(" ")}`
  const full = await execute("bash", ["-c", script], bench)
  assert.equal(full.code, 1, full.stderr)
  assert.match(full.stderr, /“j” can no longer be written \(EFBIG\)/)
  assert.equal((await copies(bench)).size, 1_000)
  assert.equal((await bench.run(command)).code, 0)
  assert.deepEqual([...new Set((await copies(bench)).values())], [1])
})

// proves 10.7: long lists
test("two runs with one journal at once: the second is refused; a third after a kill is not", async () => {
  await using bench = await startBench()
  const command = ["send", "--mobile", "13800000001", "--text", "x", "--resume", "j", "--lang", "en"]
  await bench.fault({ path: "message/send", kind: "hang_before", times: 1 })
  await using first = start(command, bench.folder, bench.env)
  await until(async () => (await bench.calls("message/send")).length === 1)
  await symlink("j", join(bench.folder, "link"))
  for (const file of ["j", "link"]) {
    const second = await bench.run([...command.slice(0, 6), file, "--lang", "en"])
    assert.equal(second.code, 2)
    assert.match(second.stderr, /being used by another run/)
  }
  first.child.kill("SIGKILL")
  await first.ended()
  assert.equal((await bench.run(command)).code, 4)
})

// proves 10.7: long lists
test("killed at whatever point, and resumed: no recipient has two copies, and those with none or perhaps one are reported", async () => {
  await using bench = await startBench({ members: 5_000 })
  await bench.file("list.txt", lines(mobiles(5_000)))
  const command = ["send", "--mobiles-from", "list.txt", "--text", "x", "--resume", "j", "--json"]
  // Killed while WeCom has the message and we do not know; before it has it; and during look-ups.
  for (const fault of [
    { path: "message/send", kind: "hang_after", after: 1, times: 1 },
    { path: "message/send", kind: "hang_before", after: 1, times: 1 },
    { path: "user/getuserid", kind: "hang_before", after: 300, times: 1 },
  ]) {
    await bench.control("DELETE", "faults")
    await bench.fault(fault)
    await using run = start([...command, "--fresh"], bench.folder, bench.env)
    await until(() => faultsAreMet(bench))
    run.child.kill("SIGKILL")
    await run.ended()
  }
  await bench.control("DELETE", "faults")
  const last = await bench.run(command)
  assert.equal(last.code, 4)
  const got = await copies(bench)
  assert.deepEqual([...new Set(got.values())], [1])
  const inDoubt = last.json.recipients.filter(({ state }) => state === "in_doubt")
  assert.equal(inDoubt.length, 2_000)
  for (const { state, userid } of last.json.recipients) {
    if (state === "sent") assert.equal(got.get(userid ?? ""), 1)
    else assert.equal(state, "in_doubt")
  }
})

// proves 10.7: long lists
test("Ctrl-C in the middle: exit 130, how many were sent, the file of the others, and one JSON object with everybody", async () => {
  await using bench = await startBench({ members: 3_500 })
  await bench.file("list.txt", lines(mobiles(3_500)))
  await bench.fault({ path: "message/send", kind: "hang_before", after: 1, times: 1 })
  await using run = start(
    ["send", "--mobiles-from", "list.txt", "--text", "x", "--resume", "j", "--json", "--lang", "en"],
    bench.folder,
    bench.env,
  )
  await until(() => faultsAreMet(bench))
  run.child.kill("SIGINT")
  const { code, stdout, stderr } = await run.ended()
  assert.equal(code, 130)
  const json = JSON.parse(stdout) as Json
  assert.deepEqual(statesOf(json), { sent: 1_000, in_doubt: 1_000, failed: 1_500 })
  const [file = ""] = await notSentFiles(bench)
  assert.ok(stderr.includes(file), stderr)
  assert.deepEqual(await numbersIn(file), mobiles(1_500, 2_001))
  assert.match(await readFile(file, "utf8"), /^# +13900001001$/m)

  // And for people, who have gone on and changed their mind once more.
  await bench.fault({ path: "message/send", kind: "hang_before", times: 1 })
  const again = ["send", "--mobiles-from", "list.txt", "--text", "x", "--resume", "j", "--lang", "en"]
  await using second = start(again, bench.folder, bench.env)
  await until(() => faultsAreMet(bench))
  second.child.kill("SIGTERM")
  const told = await second.ended()
  assert.equal(told.code, 143)
  assert.match(told.stderr, /Interrupted: 1000 of 3500 recipients have been sent to/)
  assert.match(told.stdout, /Recipients: 3500 · sent 1000 · in doubt 2000 · failed 500/)
})

test("--dry-run with --resume shows who is left, and neither makes nor changes a journal", async () => {
  await using bench = await startBench()
  const command = ["send", "--mobile", "13800000001", "--text", "x", "--resume", "j", "--json"]
  assert.equal((await bench.run([...command, "--dry-run"])).json.recipients[0]?.state, "planned")
  assert.deepEqual(
    (await readdir(bench.folder)).filter((name) => name.startsWith("j")),
    [],
  )
  await bench.run(command)
  const before = await readFile(join(bench.folder, "j"))
  const ran = await bench.run([...command, "--mobile", "13800000002", "--dry-run"])
  assert.equal(ran.code, 0)
  assert.deepEqual(
    ran.json.recipients.map(({ state }) => state),
    ["sent", "planned"],
  )
  assert.deepEqual(
    ran.json.calls.map(({ request }) => request?.["touser"]),
    ["lisi"],
  )
  assert.deepEqual(await readFile(join(bench.folder, "j")), before)
})

test("a table in place of a list of numbers is exit 2 and shows the way; one odd line fails alone", async () => {
  await using bench = await startBench()
  await bench.file("table.csv", "手机号,姓名\n13800000001,张三\n13800000002,李四\n")
  const table = await bench.run(["send", "--mobiles-from", "table.csv", "--text", "x", "--lang", "en"])
  assert.equal(table.code, 2)
  assert.match(table.stderr, /looks like a table.*手机号,姓名.*cut -d, -f1/)
  await bench.file("list.txt", "13800000001\n13800000002,李四\n")
  const list = await bench.run(["send", "--mobiles-from", "list.txt", "--text", "x", "--json"])
  assert.deepEqual([list.code, statesOf(list.json)], [1, { sent: 1, invalid: 1 }])
})

test("what a spreadsheet saves is read where it can be, else exit 2 names the column, or the format", async () => {
  await using bench = await startBench()
  const tables = [
    ["姓名,手机号\n张三,13800000001\n", "cut -d, -f2"],
    ["张三\t13800000001\n李四\t13800000002\n", "cut -f2"],
    ["张三;13800000001\n", "cut -d';' -f2"],
    // Neither of two numbers is left out, and `cut` knows no quotation marks and no separator of several bytes.
    ["13800000001,13800000002\n", undefined],
    ["张三,13800000001\n13800000002,李四\n", undefined],
    ['"姓名","手机号"\n"张三","138000\n00001"\n', undefined],
    ["张三、13800000001\n", undefined],
  ] as const
  for (const lang of ["en", "zh"]) {
    for (const [content, cut] of tables) {
      await bench.file("table.csv", content)
      const { code, stderr } = await bench.run(["send", "--mobiles-from", "table.csv", "--text", "x", "--lang", lang])
      assert.equal(code, 2, content)
      assert.match(stderr, /looks like a table|像是表格/, content)
      assert.equal(/cut (?:-d\S+ )?-f\d/.exec(stderr)?.[0], cut)
    }
    await bench.file("list.xlsx", "PK\u0003\u0004 13800000001")
    const packed = await bench.run(["send", "--mobiles-from", "list.xlsx", "--text", "x", "--lang", lang])
    assert.equal(packed.code, 2)
    assert.match(packed.stderr, /list\.xlsx.*CSV UTF-8/)
    const empty = await bench.run(["send", "--mobiles-from", "-", "--text", "x", "--lang", lang], { stdin: "" })
    assert.match(empty.stderr, /(?:standard input|标准输入).*(?:One number a line|每行一个号码)/)
  }
  await bench.file("quoted.csv", '"13800000001"\r\n" 13800000002 "\r\n')
  const quoted = await bench.run(["send", "--mobiles-from", "quoted.csv", "--text", "x", "--json"])
  assert.deepEqual([quoted.code, statesOf(quoted.json)], [0, { sent: 2 }])
})

test("--resume through a gateway is exit 2 and names --idempotency-key", async () => {
  await using bench = await startBench()
  for (const lang of ["en", "zh"]) {
    const through = ["--gateway", "http://127.0.0.1:1", "--key", "k", "--lang", lang]
    const { code, stderr } = await bench.run([
      "send",
      "--mobile",
      "13800000001",
      "--text",
      "x",
      "--resume",
      "j",
      ...through,
    ])
    assert.equal(code, 2)
    assert.match(stderr, /--resume.*--idempotency-key/)
  }
})

test("a card that is resumed has a task_id that WeCom has not seen", async () => {
  await using bench = await startBench()
  const card = JSON.stringify({
    card_type: "button_interaction",
    task_id: "lunch",
    main_title: { title: "午饭" },
    button_list: [{ text: "好", key: "k" }],
  })
  const command = ["send", "--mobile", "13800000001", "--template-card", card, "--resume", "j", "--json"]
  await bench.run(command)
  const ran = await bench.run([...command, "--mobile", "13800000002"])
  assert.deepEqual([ran.code, statesOf(ran.json)], [0, { sent: 2 }])
})

// proves 10.7: long lists
test("the simulator's own limits, used by calls of others too: waited for, and everybody gets it", async () => {
  await using bench = await startBench({ members: 2_500 })
  await bench.file("list.txt", lines(mobiles(2_500)))
  const { limits } = (await bench.control("GET", "settings")) as { limits: Record<string, unknown> }
  await bench.control("PUT", "settings", { limits: { ...limits, api_calls_per_minute: 1_700 } })
  const command = ["send", "--mobiles-from", "list.txt", "--text", "x", "--json", "--resume", "j"]
  const ran = await bench.run(command, { sharedTime: true })
  assert.deepEqual([ran.code, statesOf(ran.json)], [0, { sent: 2_500 }])
  assert.deepEqual([...new Set((await copies(bench)).values())], [1])
  assert.ok((await bench.calls("user/getuserid")).some(({ errcode }) => errcode === 45009))
})

async function execute(file: string, argv: readonly string[], { folder, env }: Bench) {
  const child = spawn(file, argv, { cwd: folder, env: { PATH: process.env["PATH"], ...env } })
  let stderr = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  child.stdout.resume()
  await once(child, "close")
  return { code: child.exitCode, stderr }
}

const launcher = join(import.meta.dirname, "..", "..", "bin", "wecom-push.js")

/** Asked for rather than the calls, which are thousands. */
async function faultsAreMet(bench: Bench): Promise<boolean> {
  return ((await bench.control("GET", "faults")) as { faults: unknown[] }).faults.length === 0
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

function pngBytes(): Buffer {
  return Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  )
}
