import assert from "node:assert/strict"
import { once } from "node:events"
import { chmod, lstat, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { parseEnv } from "node:util"
import { person } from "../testing/person.ts"
import { secret, startBench } from "../testing/try-command.ts"
import type { Bench, Ran } from "../testing/try-command.ts"
import type { Questions } from "./questions.ts"

const CORP_ID = "ww0000000000000001"
const AGENT_ID = "1000002"
/** The address is the simulator's; all else is asked for. */
const blank = (bench: Bench): { readonly blank: true; readonly env: Record<string, string> } => ({
  blank: true,
  env: { WECOM_API_BASE_URL: bench.url },
})

async function env(bench: Bench): Promise<NodeJS.Dict<string>> {
  const text = await readFile(join(bench.folder, ".env"), "utf8").catch(() => "")
  return parseEnv(text)
}

function states({ json }: Ran): Record<string, string> {
  const steps = json["steps"] as { step: string; state: string }[]
  return Object.fromEntries(steps.map(({ step, state }) => [step, state]))
}

test("30.init: what it finds wrong at each step, as a cache folder that others can write, is said once", async () => {
  await using bench = await startBench()
  const folder = join(bench.folder, "cache", "wecom-push")
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o777)
  for (const [language, says] of [
    ["en", /other users can write in the folder/g],
    ["zh", /其他用户可以/g],
  ] as const) {
    const questions = person([CORP_ID, AGENT_ID, secret, "none", "13800000001"])
    const misspelt = { WECOM_PUSH_KEYY: "x" }
    const given = { ...blank(bench), env: { ...blank(bench).env, ...misspelt }, questions }
    const ran = await bench.run(["init", "--lang", language], given)
    assert.equal(ran.code, 0, ran.stderr)
    assert.equal(ran.stderr.match(says)?.length, 1, ran.stderr)
    assert.equal(ran.stderr.match(/WECOM_PUSH_KEYY/g)?.length, 1, ran.stderr)
    await rm(join(bench.folder, ".env"))
  }
})

// proves 30.init: the first hour
test("30.init: from nothing, at a terminal: each value is asked for and tried, .env is written, a phone shows the message", async () => {
  await using bench = await startBench()
  const questions = person([CORP_ID, AGENT_ID, secret, "file", "", "13800000001"])
  const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(questions.left(), 0)
  assert.match(ran.stdout, /✓ app +“告警” \(1000002\)/)
  assert.match(ran.stdout, /✓ first message +WeCom accepted it for 13800000001 = zhangsan/)
  assert.match(ran.stderr, /Next:\n {2}wecom-push serve\n {2}wecom-push send /)
  assert.deepEqual(
    { ...(await env(bench)) },
    {
      WECOM_CORP_ID: CORP_ID,
      WECOM_AGENT_ID: AGENT_ID,
      WECOM_APP_SECRET: secret,
      WECOM_API_BASE_URL: bench.url,
      WECOM_PUSH_DATABASE_URL: "sqlite:./wecom-push.db",
    },
  )
  assert.equal((await stat(join(bench.folder, ".env"))).mode & 0o777, 0o600)
  assert.doesNotMatch(ran.stdout + ran.stderr, new RegExp(secret))
  assert.deepEqual(
    (await bench.shown()).map(({ userid }) => userid),
    ["zhangsan"],
  )
  // The file is enough for the other commands.
  const sent = await bench.run(["send", "--mobile", "13800000001", "--text", "x"], { blank: true })
  assert.equal(sent.code, 0, sent.stderr)
})

test("30.init: under npx the next commands begin with npx, as they have to be typed", async () => {
  await using bench = await startBench()
  const questions = person([CORP_ID, AGENT_ID, secret, "file", "", ""])
  const { env } = blank(bench)
  const ran = await bench.run(["init", "--lang", "en"], {
    ...blank(bench),
    env: { ...env, npm_command: "exec" },
    questions,
  })
  assert.match(ran.stderr, /Next:\n {2}npx wecom-push serve\n {2}npx wecom-push send /)
})

test("30.init: run again it asks only for what is not there, and tries all of it", async () => {
  await using bench = await startBench()
  const first = person([CORP_ID, AGENT_ID, secret])
  const stopped = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions: first })
  assert.equal(stopped.code, 130)
  assert.match(stopped.stderr, /continues where it was/)
  const again = person(["none", ""])
  const ran = await bench.run(["init", "--lang", "zh"], { blank: true, questions: again })
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(again.asked.length, 2)
  assert.match(ran.stdout, /✓ 应用/)
  assert.match(ran.stdout, /未配置网关/)
})

// proves 30.hour: stopped before a value was right
test("30.hour: stopped while WeCom refuses the values, it says that none was kept; a file is no network", async () => {
  for (const [language, kept, early] of [
    ["en", /continues where it was/, /none was written/],
    ["zh", /会从这里继续/, /没有写入/],
  ] as const) {
    await using bench = await startBench()
    const run = (answers: readonly string[]) =>
      bench.run(["init", "--lang", language], { ...blank(bench), questions: person([...answers]) })
    const refused = await run([CORP_ID, AGENT_ID, "wrong", "stop"])
    assert.match(refused.stderr, early)
    assert.deepEqual({ ...(await env(bench)) }, {})
    const stopped = await run([CORP_ID, AGENT_ID, secret, "file", ""])
    assert.match(stopped.stderr, kept)
    assert.match(stopped.stdout, /✓ (?:database|数据库) /)
    assert.doesNotMatch(stopped.stdout, /✓ (?:reach|网络)/)
  }
})

const wrongs = [
  { what: "a wrong secret", answers: [CORP_ID, AGENT_ID, "wrong", "secret", secret], says: /40001/ },
  { what: "a wrong corp id", answers: ["ww9", AGENT_ID, secret, "corpId", CORP_ID], says: /40013/ },
  { what: "the AgentId of another app", answers: [CORP_ID, "1000003", secret, "agentId", AGENT_ID], says: /301002/ },
  { what: "an AgentId that no app has", answers: [CORP_ID, "1", secret, "agentId", AGENT_ID], says: /\d{5,}/ },
] as const

for (const { what, answers, says } of wrongs) {
  // proves 30.bad-init: a wrong secret, a foreign agent id
  test(`30.init: ${what} is refused by WeCom in its words, and asked for again`, async () => {
    await using bench = await startBench()
    const questions = person([...answers, "none", ""])
    const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /✗ app/)
    assert.match(ran.stdout, says)
    const written = await env(bench)
    assert.equal(written["WECOM_CORP_ID"], CORP_ID)
    assert.equal(written["WECOM_AGENT_ID"], AGENT_ID)
    assert.equal(written["WECOM_APP_SECRET"], secret)
  })
}

// proves 30.bad-init: an address that is not trusted
test("30.init: an address that is not trusted: the values are kept, the address is named, and the next run continues", async () => {
  await using bench = await startBench()
  const org = (await bench.control("GET", "org")) as Record<string, unknown>
  await bench.control("PUT", "org", { ...org, trusted_ips: ["203.0.113.7"] })
  const ran = await bench.run(["init", "--lang", "en"], {
    ...blank(bench),
    questions: person([CORP_ID, AGENT_ID, secret, "stop"]),
  })
  assert.equal(ran.code, 130)
  assert.match(ran.stdout, /60020/)
  assert.match(ran.stdout, /→ .*127\.0\.0\.1/)
  assert.equal((await env(bench))["WECOM_APP_SECRET"], secret)
  // The person changes the console meanwhile, and has the same tried again.
  const mends = person(["same", "none", ""])
  const mended: Questions = {
    ...mends,
    async choose(question) {
      await bench.control("PUT", "org", org)
      return mends.choose(question)
    },
  }
  const again = await bench.run(["init", "--lang", "en"], { blank: true, questions: mended })
  assert.equal(again.code, 0, again.stderr)
})

const answersOfAll = [CORP_ID, AGENT_ID, secret, "file", "", "13800000001"]
for (const count of answersOfAll.keys()) {
  // proves 30.bad-init: Ctrl-C at each question
  test(`30.init: Ctrl-C at question ${count + 1} is exit 130, sends nothing, and leaves a .env that is whole`, async () => {
    await using bench = await startBench()
    const questions = person(answersOfAll.slice(0, count))
    const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
    assert.equal(ran.code, 130, ran.stderr)
    assert.equal(questions.asked.length, count + 1)
    assert.equal(Object.keys(await env(bench)).length, count < 3 ? 0 : count < 5 ? 4 : 5)
    assert.equal((await bench.shown()).length, 0)
  })
}

test("30.init: without a terminal what is missing is named with its flag, in both languages, and nothing is written", async () => {
  await using bench = await startBench()
  const en = await bench.run(["init", "--agent-id", AGENT_ID, "--lang", "en"], blank(bench))
  assert.equal(en.code, 2)
  assert.match(en.stderr, /WECOM_CORP_ID: missing .*--corp-id/)
  assert.match(en.stderr, /WECOM_APP_SECRET: missing .*--secret-file/)
  assert.doesNotMatch(en.stderr, /WECOM_AGENT_ID/)
  const zh = await bench.run(["init", "--lang", "zh"], blank(bench))
  assert.match(zh.stderr, /WECOM_AGENT_ID：缺少.*--agent-id/)
  assert.deepEqual({ ...(await env(bench)) }, {})
})

test("30.init: without a terminal flags are enough; --json has each step", async () => {
  await using bench = await startBench()
  const file = await bench.file("secret.txt", `${secret}\n`)
  const flags = ["--corp-id", CORP_ID, "--agent-id", AGENT_ID, "--secret-file", file, "--database", "sqlite:./own.db"]
  const ran = await bench.run(["init", ...flags, "--mobile", "13800000001", "--json"], blank(bench))
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(ran.json.ok, true)
  assert.equal(states(ran)["app"], "ok")
  assert.equal(states(ran)["message"], "ok")
  assert.equal((await env(bench))["WECOM_PUSH_DATABASE_URL"], "sqlite:./own.db")
  assert.equal((await env(bench))["WECOM_APP_SECRET"], secret)
  const refused = await bench.run(["init", "--mobile", "13911112222", "--lang", "en"], { blank: true })
  assert.equal(refused.code, 1)
  assert.match(refused.stdout, /✗ first message +No member/)
  const both = await bench.run(["init", "--mobile", "1", "--user", "a", "--lang", "en"], { blank: true })
  assert.equal(both.code, 2)
  assert.match(both.stderr, /--mobile or --user, not both/)
})

test("30.init: a wrong secret without a terminal is exit 3, and is not written", async () => {
  await using bench = await startBench()
  const file = await bench.file("secret.txt", "wrong")
  const flags = ["--corp-id", CORP_ID, "--agent-id", AGENT_ID, "--secret-file", file]
  const ran = await bench.run(["init", ...flags, "--lang", "en"], blank(bench))
  assert.equal(ran.code, 3)
  assert.match(ran.stdout, /✗ app[^]*40001[^]*- first message/)
  assert.deepEqual({ ...(await env(bench)) }, {})
})

test("30.init: a WeCom that cannot be reached, or a proxy in between, keeps nothing and says what to look at", async () => {
  await using bench = await startBench()
  for (const away of [
    { WECOM_API_BASE_URL: "http://127.0.0.1:9" },
    { WECOM_API_BASE_URL: "https://wecom.invalid", HTTPS_PROXY: "http://127.0.0.1:9" },
  ]) {
    const questions = person([CORP_ID, AGENT_ID, secret, "stop"])
    const ran = await bench.run(["init", "--lang", "en"], { blank: true, env: away, questions })
    assert.equal(ran.code, 130)
    assert.match(ran.stdout, /✗ app[^]*→ /)
    assert.deepEqual({ ...(await env(bench)) }, {})
  }
})

// proves 30.bad-init: a proxy
test("30.init: a proxy that wants a login, or one that answers with a page of its own, is named as what answered, and nothing is kept", async () => {
  await using bench = await startBench()
  const proxy = createServer((_, answer) =>
    answer.writeHead(200, { "content-type": "text/html" }).end("<h1>Log in</h1>"),
  )
  proxy.on("connect", (_, socket) =>
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"),
  )
  proxy.listen(0, "127.0.0.1")
  await once(proxy, "listening")
  await using _ = { [Symbol.asyncDispose]: async () => void proxy.close() }
  const { port } = proxy.address() as AddressInfo
  const ways = [
    {
      away: { WECOM_API_BASE_URL: "https://wecom.invalid", HTTPS_PROXY: `http://127.0.0.1:${port}` },
      en: /407/,
      zh: /407/,
    },
    { away: { WECOM_API_BASE_URL: `http://127.0.0.1:${port}` }, en: /proxy/, zh: /代理/ },
  ]
  for (const { away, en, zh } of ways) {
    for (const [language, says] of [
      ["en", en],
      ["zh", zh],
    ] as const) {
      const questions = person([CORP_ID, AGENT_ID, secret, "stop"])
      const ran = await bench.run(["init", "--lang", language], { blank: true, env: away, questions })
      assert.equal(ran.code, 130, ran.stderr)
      assert.match(ran.stdout, /✗ [^]*→ /)
      assert.match(ran.stdout, says)
      assert.doesNotMatch(ran.stdout + ran.stderr, new RegExp(secret))
      assert.deepEqual({ ...(await env(bench)) }, {})
    }
  }
})

// proves 30.bad-init: an existing file
test("30.init: other lines of an existing .env stay, a value there is replaced, and the file is closed to others", async () => {
  await using bench = await startBench()
  const path = join(bench.folder, ".env")
  await writeFile(path, `# ours\nOTHER='a b'\nexport WECOM_APP_SECRET=old # expired\nLAST=1`, { mode: 0o644 })
  const questions = person([CORP_ID, AGENT_ID, "secret", secret, "none", ""])
  const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(
    await readFile(path, "utf8"),
    `# ours\nOTHER='a b'\nWECOM_APP_SECRET=${secret}\nLAST=1\nWECOM_CORP_ID=${CORP_ID}\nWECOM_AGENT_ID=${AGENT_ID}\nWECOM_API_BASE_URL=${bench.url}\n`,
  )
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test("30.init: a .env that cannot be written, or not without a change of other lines, is exit 2 and stays as it was", async () => {
  await using bench = await startBench()
  const answers = [CORP_ID, AGENT_ID, secret]
  const severalLines = `TEXT='one\nWECOM_CORP_ID=two\n'\n`
  await bench.file(".env", severalLines)
  const over = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions: person(answers) })
  assert.equal(over.code, 2)
  assert.match(over.stderr, /by hand/)
  assert.equal(await readFile(join(bench.folder, ".env"), "utf8"), severalLines)
  await using other = await startBench()
  await mkdir(join(other.folder, ".env"))
  const folder = await other.run(["init", "--lang", "en"], { ...blank(other), questions: person(answers) })
  assert.equal(folder.code, 2)
  assert.match(folder.stderr, /\.env/)
})

test("30.init: a .env that is a link leads where it led, and that file is closed to others", async () => {
  await using bench = await startBench()
  const file = join(bench.folder, "kept.env")
  await writeFile(file, "OTHER=1\n", { mode: 0o644 })
  await symlink(file, join(bench.folder, ".env"))
  const questions = person([CORP_ID, AGENT_ID, secret, "none", ""])
  const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
  assert.equal(ran.code, 0, ran.stderr)
  assert.ok((await lstat(join(bench.folder, ".env"))).isSymbolicLink())
  assert.match(await readFile(file, "utf8"), /^OTHER=1\nWECOM_CORP_ID=/)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

for (const [answer, userid] of [
  ["13800000001", "zhangsan"],
  ["138 0000 0001", "zhangsan"],
  ["138-0000-0001", "zhangsan"],
  ["１３８０００００００１", "zhangsan"],
  ["+86 138 0000 0001", "zhangsan"],
  ["lisi", "lisi"],
  ["100234", "100234"],
] as const) {
  test(`30.init: ${answer} is ${userid}: a number of digits is a mobile or a userid by its form`, async () => {
    await using bench = await startBench()
    const org = (await bench.control("GET", "org")) as { members: Record<string, unknown>[] }
    const lisi = org.members.find((member) => member["userid"] === "lisi")
    org.members.push({ ...lisi, userid: "100234", name: "王五", mobile: "13800000099", email: "w5@example.com" })
    await bench.control("PUT", "org", org)
    const questions = person([CORP_ID, AGENT_ID, secret, "none", answer])
    const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.deepEqual(
      (await bench.shown()).map((shown) => shown.userid),
      [userid],
    )
  })
}

test("30.init: a value of the environment that counts more than the one entered is named", async () => {
  await using bench = await startBench()
  const wrong = { WECOM_API_BASE_URL: bench.url, WECOM_AGENT_ID: "1000003" }
  const questions = person([CORP_ID, secret, "agentId", AGENT_ID, "none", ""])
  const ran = await bench.run(["init", "--lang", "en"], { blank: true, env: wrong, questions })
  assert.match(ran.stderr, /WECOM_AGENT_ID \(environment\) has another value/)
})

// proves 30.bad-init: a database of a newer version
test("30.init: a database of a newer version is refused before anything is written of it; another one is taken", async () => {
  await using bench = await startBench()
  const newer = new DatabaseSync(join(bench.folder, "newer.db"))
  newer.exec("create table meta (x); pragma user_version = 100000")
  newer.close()
  const questions = person([CORP_ID, AGENT_ID, secret, "file", "./newer.db", "other", "file", "./good.db", ""])
  const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
  assert.equal(ran.code, 0, ran.stderr)
  assert.match(ran.stdout, /✗ /)
  assert.equal((await env(bench))["WECOM_PUSH_DATABASE_URL"], "sqlite:./good.db")
})

test("30.init: PostgreSQL that is not there is named without its password, and no master key is written", async () => {
  await using bench = await startBench()
  const url = "postgres://wecom:canary@127.0.0.1:9/wecom"
  const questions = person([CORP_ID, AGENT_ID, secret, "postgres", url, "stop"])
  const ran = await bench.run(["init", "--lang", "en"], { ...blank(bench), questions })
  assert.equal(ran.code, 130)
  assert.match(ran.stdout, /✗ /)
  assert.doesNotMatch(ran.stdout + ran.stderr, /canary/)
  assert.deepEqual(
    Object.keys(await env(bench)).filter((name) => name.startsWith("WECOM_PUSH")),
    [],
  )
})
