import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { startGatewayBench } from "../testing/gateway-bench.ts"
import { startBench } from "../testing/try-command.ts"

suite("chat", () => {
  const bench = shared(async (resources) => resources.use(await startBench()))
  const root = { WECOM_APP_SECRET: "sim-secret-root", WECOM_AGENT_ID: "1000004" }
  const run = (...argv: string[]) => bench().run(argv, { env: root })
  const shownTo = async (userid: string) => (await bench().shown()).filter((copy) => copy.userid === userid).length

  // proves 32.chats-command: made, shown, changed, sent into
  test("makes a chat, sends into it, changes it and shows it", async () => {
    const made = await run("chat", "create", "--name", "值班群", "--user", "zhangsan,lisi", "--owner", "lisi")
    assert.equal(made.code, 0, made.stderr)
    const chatid = made.stdout.trim()
    const before = await shownTo("lisi")
    const sent = await run("chat", "send", chatid, "--text", "<@lisi> 磁盘 91%")
    assert.deepEqual([sent.code, sent.stdout], [0, `✓ chat ${chatid}  sent\n`])
    assert.equal(await shownTo("lisi"), before + 1)
    const changed = await run("chat", "update", chatid, "--name", "夜班群", "--add", "WangWu", "--remove", "zhangsan")
    assert.equal(changed.stdout, `${chatid}  夜班群\nowner: lisi\n2 members: lisi, WangWu\n`)
    const { json } = await run("chat", "get", chatid, "--json")
    assert.deepEqual(json["chat"], { chatid, name: "夜班群", owner: "lisi", userlist: ["lisi", "WangWu"] })
  })

  test("send --chat sends into several, a file is uploaded once, and a dry run sends nothing", async () => {
    await run("chat", "create", "--chatid", "oncall", "--user", "zhangsan,lisi")
    const report = await bench().file("report.txt", "磁盘 91%")
    const { code, json } = await run("send", "--chat", "simchat,oncall", "--file", report, "--json")
    assert.equal(code, 0)
    assert.deepEqual(
      json.recipients.map(({ type, address, state }) => [type, address, state]),
      [
        ["chat", "simchat", "sent"],
        ["chat", "oncall", "sent"],
      ],
    )
    const before = await shownTo("lisi")
    const dry = await run("send", "--chat", "simchat,oncall", "--text", "x", "--dry-run")
    assert.match(dry.stdout, /POST appchat\/send \{"chatid":"simchat","msgtype":"text"/)
    assert.equal(await shownTo("lisi"), before)
  })

  for (const [title, argv, path] of [
    ["a chat and a member without a gateway", ["send", "--chat", "simchat", "--user", "lisi", "--text", "x"], "--chat"],
    ["a card", ["chat", "send", "simchat", "--template-card", "{}"], "--template-card"],
    ["a duplicate check", ["send", "--chat", "simchat", "--text", "x", "--duplicate-check", "9"], "--duplicate-check"],
    ["one member", ["chat", "create", "--user", "lisi"], "--user"],
    ["a chatid with a hyphen", ["chat", "create", "--user", "lisi,zhangsan", "--chatid", "on-call"], "chatid"],
    ["nothing to change", ["chat", "update", "simchat"], "--name"],
  ] as const) {
    test(`${title} is exit code 2, and names it`, async () => {
      const { code, stdout, stderr } = await run(...argv, "--json")
      assert.equal(code, 2, stderr)
      assert.match(stdout + stderr, new RegExp(`"${path}"`))
    })
  }

  // proves 32.chats-command: exit codes say whether repeating is safe
  test("an unknown chat is exit code 3, one of two 1, a lost answer 4", async () => {
    const unknown = await run("chat", "send", "none", "--text", "x")
    assert.equal(unknown.code, 3)
    assert.match(unknown.stderr, /40050/)
    assert.equal((await run("send", "--chat", "none,simchat", "--text", "x")).code, 1)
    await bench().fault({ path: "appchat/send", kind: "reset_after" })
    assert.equal((await run("chat", "send", "simchat", "--text", "x")).code, 4)
  })
})

suite("chat through a gateway", () => {
  const bench = shared(async (resources) => resources.use(await startGatewayBench(["alerts", "all"])))
  const run = (...argv: string[]) => bench().run([...argv, "--app", "all"])

  // proves 32.chats-command: the same through a gateway
  test("makes a chat, sends into it, changes it and shows it; the gateway knows it", async () => {
    const made = await run("chat", "create", "--name", "值班群", "--user", "zhangsan,lisi", "--owner", "lisi")
    assert.equal(made.code, 0, made.stderr)
    const chatid = made.stdout.trim()
    assert.equal((await run("chat", "send", chatid, "--text", "磁盘 91%")).code, 0)
    const changed = await run("chat", "update", chatid, "--name", "夜班群", "--add", "WangWu", "--remove", "zhangsan")
    assert.equal(changed.stdout, `${chatid}  夜班群\nowner: lisi\n2 members: lisi, WangWu\n`)
    const { json } = await run("chat", "get", chatid, "--json")
    assert.deepEqual(json["chat"], { chatid, name: "夜班群", owner: "lisi", userlist: ["lisi", "WangWu"] })
    const { json: kept } = await bench().api("GET", `/v1/chats/${chatid}?app=all`)
    assert.equal(kept.name, "夜班群")
    assert.equal((await run("chat", "get", "simchat")).stdout.split("\n")[0], "simchat  值班群")
  })

  test("a card for a group of a smart robot reaches WeCom; for a chat of an app the gateway refuses it", async () => {
    const bot = { name: "assistant", kind: "bot", bot_id: "sim-bot", secret: "sim-bot-secret" }
    assert.equal((await bench().api("POST", "/v1/apps", bot)).status, 201)
    const card = JSON.stringify({
      card_type: "text_notice",
      main_title: { title: "磁盘 91%" },
      card_action: { type: 1, url: "https://example.com" },
    })
    const send = ["send", "--chat", "another-group", "--template-card", card, "--json", "--app"]
    const ofBot = await bench().run([...send, "assistant"])
    // WeCom's answer: the robot is not in this group.
    assert.deepEqual(
      ofBot.json.recipients.map(({ state, errcode }) => [state, errcode]),
      [["not_opened", 93_006]],
    )
    const ofApp = await bench().run([...send, "all"])
    assert.equal(ofApp.code, 2, ofApp.stdout)
    assert.deepEqual(
      ofApp.json.error?.faults.map(({ path }) => path),
      ["--template-card"],
    )
    assert.match(ofApp.json.error?.faults[0]?.message ?? "", /not allowed here; write text, image/)
  })

  for (const [title, argv, path] of [
    ["one member", ["chat", "create", "--user", "lisi"], "--user"],
    ["a userid that is none", ["chat", "create", "--user", "lisi,张三"], "--user"],
    ["a chatid with a hyphen", ["chat", "create", "--user", "lisi,zhangsan", "--chatid", "on-call"], "--chatid"],
    ["nothing to change", ["chat", "update", "simchat"], "--name"],
    ["an empty chatid", ["chat", "get", " "], "chatid"],
    ["an owner who is none", ["chat", "update", "simchat", "--owner", "a b"], "--owner"],
    ["the settings of an app", ["chat", "get", "simchat", "--agent-id", "1000004"], "--agent-id"],
  ] as const) {
    test(`${title} is exit code 2, and names it`, async () => {
      const { code, stdout } = await run(...argv, "--json")
      assert.equal(code, 2, stdout)
      assert.match(stdout, new RegExp(`"${path}"`))
    })
  }

  // proves 32.chats-command: exit codes say whether repeating is safe
  test("an unknown chat is exit code 3; where WeCom's answer was lost it is 4, and repeating finds out", async () => {
    const unknown = await run("chat", "get", "none", "--lang", "en")
    assert.equal(unknown.code, 3)
    assert.match(unknown.stderr, /40050/)
    await bench().fault({ path: "appchat/create", kind: "reset_before" })
    const create = ["chat", "create", "--user", "zhangsan,lisi", "--chatid", "lostonce"]
    const lost = await run(...create)
    assert.equal(lost.code, 4, lost.stderr)
    assert.match((await run("chat", "get", "lostonce")).stderr, /lost/)
    assert.deepEqual([(await run(...create)).code, (await run("chat", "get", "lostonce")).code], [0, 0])
    await bench().fault({ path: "appchat/create", kind: "errcode", errcode: 45009 })
    assert.equal((await run("chat", "create", "--user", "zhangsan,lisi")).code, 3)
  })
})

suite("robot", () => {
  const bench = shared(async (resources) => resources.use(await startBench()))
  const run = (argv: readonly string[]) =>
    bench().run(argv, { blank: true, env: { WECOM_API_BASE_URL: bench().url, WECOM_ROBOT_KEY: "sim-robot" } })

  // proves 32.chats-command: robot send and upload
  test("sends, and uploads a file of which the id is good for it", async () => {
    assert.equal((await run(["robot", "send", "--text", "发布完成"])).code, 0)
    const report = await bench().file("report.txt", "磁盘 91%")
    const { code, stdout } = await run(["robot", "upload", report])
    assert.equal(code, 0)
    const query = new URLSearchParams({ key: "sim-robot" }).toString()
    const body = JSON.stringify({ msgtype: "file", file: { media_id: stdout.trim() } })
    const answer = await fetch(`${bench().url}/cgi-bin/webhook/send?${query}`, { method: "POST", body })
    assert.equal(((await answer.json()) as { errcode: number }).errcode, 0)
  })

  test("another type and no key are exit code 2, and a file that is not there too", async () => {
    const report = await bench().file("report.txt", "磁盘 91%")
    assert.equal((await run(["robot", "upload", report, "--type", "image"])).code, 2)
    for (const [language, says] of [
      [
        "en",
        /^error: Something is wrong; nothing was done\.\n {2}[^\n]*none\.txt\) does not exist; correct its path\.\n$/,
      ],
      ["zh", /^错误：有一处问题，什么都没有执行。\n {2}[^\n]*none\.txt[^\n]*\n$/],
    ] as const) {
      const none = await run(["robot", "upload", "none.txt", "--lang", language])
      assert.equal(none.code, 2)
      assert.match(none.stderr, says)
    }
    const blank = await bench().run(["robot", "send", "--text", "x", "--json"], {
      blank: true,
      env: { WECOM_API_BASE_URL: bench().url },
    })
    assert.equal(blank.code, 2)
    assert.match(blank.stdout, /WECOM_ROBOT_KEY/)
  })
})
