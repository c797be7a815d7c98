import assert from "node:assert/strict"
import { test } from "node:test"
import { startBench } from "./testing/try-command.ts"

const mistakes = [
  [["sned"], /“sned”/, /send/],
  [["send", "--mobil", "1"], /--mobil\b/, /--mobile/],
  [["send", "--text"], /--text <text>/, /--help/],
  [["recall"], /msgid/, /--help/],
  [["card", "update"], /code/, /--help/],
  [["send", "--user", "lisi", "--text", "disk", "full"], /full/, /--text "disk full"\n/],
  [["send", "--text=disk", "full", "--user", "lisi"], /full/, /--text "disk full"\n/],
  [["send", "--mobile", "138", "0000", "0001", "--text", "x"], /0000/, /--mobile "138 0000 0001"\n/],
  [["send", "--user", "lisi", "--text", "costs", "$5"], /\$5/, /--text "…"\n/],
  [["send", "—user", "lisi", "–text", "x"], /—user/, /--user, --text\n/],
  [["send", "13800000001", "x"], /13800000001/, /--help/],
  [["backup", "--database", "sqlite:a.db", "b.db", "c.db"], /c\.db/, /--help/],
  [["send", "--user", "lisi", "--text", "x", "--lang", "fr"], /“fr”/, /./],
  [["send", "--mobile", "--text", "disk full"], /--mobile /, /--mobile=--text/],
  [["follow", "--help"], /“follow”/, /--help/],
  [["help", "follow"], /“follow”/, /--help/],
  [["keys", "creat", "--help"], /creat/, /--help/],
  [["complete"], /shell/, /bash/],
  [["doctor", "--code", "abc"], /“abc”/, /--code[:：] ?“/],
  [["complete", "tcsh"], /“tcsh”/, /bash/],
  [["serve", "--simulator", "--host", "0.0.0.0"], /0\.0\.0\.0/, /./],
  [["serve", "--port", "70000", "--database", "mysql:x"], /70000/, /--database/],
  [["status", "4711"], /“4711”/, /msg_/],
  [["keys", "creat"], /creat/, /--help/],
  [["keys", "create", "--scope", "everything", "--key", "k"], /“everything”/, /--name/],
  [["apps", "add", "Big App", "--set", "x", "--key", "k"], /“Big App”/, /WECOM_CORP_ID|member_per_minute/],
  [["simulate", "--port", "70000"], /70000/, /65535/],
  [["simulate", "--members", "many"], /many/, /1000000/],
  [["simulate", "--host", ""], /--host/, /0\.0\.0\.0/],
  [["serve", "--host", ""], /--host/, /0\.0\.0\.0/],
  [["serve", "--simulator", "--host", " "], /--host/, /0\.0\.0\.0/],
  [["listen", "--host", ""], /--host/, /0\.0\.0\.0/],
] as const

// proves 28.D10: every address, however written
test("a mistake in the command line: exit 2, reported in the language asked for, with what was meant", async () => {
  await using bench = await startBench()
  for (const [argv, what, hint] of mistakes) {
    for (const language of ["en", "zh"]) {
      // A command that is taken for right would run until then.
      const ran = await bench.run(argv, { env: { LANG: language }, signal: AbortSignal.timeout(60_000) })
      assert.equal(ran.code, 2, argv.join(" "))
      assert.equal(ran.stdout, "")
      assert.match(ran.stderr, what)
      assert.match(ran.stderr, hint)
      const isChinese = /\p{Script=Han}/u.test(ran.stderr)
      assert.equal(isChinese, language === "zh", `${argv.join(" ")}: ${ran.stderr}`)
      if (language === "zh") assert.doesNotMatch(ran.stderr, /error|argument|option|Did you mean/)
    }
  }
})

test("no command: the help on stderr, exit 2", async () => {
  await using bench = await startBench()
  const ran = await bench.run([])
  assert.equal(ran.code, 2)
  assert.equal(ran.stdout, "")
  assert.match(ran.stderr, /Usage: wecom-push/)
})

const helped = [
  "",
  "send",
  "lookup",
  "recall",
  "card",
  "card update",
  "simulate",
  "listen",
  "serve",
  "backup",
  "migrate",
  "move",
  "readyz",
  "status",
  "retry",
  "cancel",
  "tail",
  "mcp",
  "keys",
  "keys list",
  "keys create",
  "keys rotate",
  "keys revoke",
  "sources",
  "sources list",
  "sources create",
  "sources preview",
  "sources rotate",
  "sources revoke",
  "apps",
  "apps list",
  "apps add",
  "apps update",
  "apps remove",
  "doctor",
  "complete",
]

test("--help of every command: exit 0, in both languages, with examples", async () => {
  await using bench = await startBench()
  for (const words of helped) {
    const command = words.split(" ").filter((word) => word !== "")
    const en = await bench.run([...command, "--help"])
    assert.equal(en.code, 0)
    assert.match(en.stdout, /Usage: wecom-push/)
    assert.match(en.stdout, /Examples:|First steps/)
    const zh = await bench.run([...command, "--help"], { env: { LC_ALL: "zh_CN.UTF-8" } })
    assert.match(zh.stdout, /用法：/)
    assert.doesNotMatch(zh.stdout, /Usage|Options|Commands|Arguments/)
    // The note after an example is for the reader, too.
    assert.doesNotMatch(zh.stdout, / # .*[a-z]+ (?:is|beside) /)
  }
  for (const words of [[], ["send"], ["keys", "create"]]) {
    const { code, stdout } = await bench.run(["help", ...words])
    assert.deepEqual([code, stdout], [0, (await bench.run([...words, "--help"])).stdout])
  }
})

test("--version prints the package's version", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["--version"])
  assert.equal(ran.code, 0)
  assert.match(ran.stdout, /^\d+\.\d+\.\d+/)
})

test("flags that all commands share may come before or after the command", async () => {
  await using bench = await startBench()
  const send = ["send", "--user", "lisi", "--text", "x"]
  assert.equal((await bench.run(["--json", ...send])).json.ok, true)
  assert.match((await bench.run(["--lang", "zh", ...send])).stdout, /已发送/)
})
