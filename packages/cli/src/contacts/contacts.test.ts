import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { startGatewayBench } from "../testing/gateway-bench.ts"
import { startBench } from "../testing/try-command.ts"

function useridsIn(json: { readonly [name: string]: unknown }): readonly string[] {
  return (json["members"] as { userid: string }[]).map(({ userid }) => userid)
}

// proves 32.reads: the command
suite("contacts on the command line", () => {
  const bench = shared(async (resources) => resources.use(await startBench()))
  const root = { WECOM_APP_SECRET: "sim-secret-root", WECOM_AGENT_ID: "1000004" }

  test("departments are printed as a tree, or as JSON", async () => {
    const { code, stdout } = await bench().run(["departments"], { env: root })
    assert.deepEqual([code, stdout], [0, "1  示例公司\n2    研发部\n3    人事部\n4    外勤部\n"])
    const { json } = await bench().run(["departments", "--json"], { env: root })
    assert.deepEqual((json["departments"] as unknown[])[1], { id: 2, name: "研发部", parent_id: 1, order: 3 })
  })

  test("members are printed with name and departments", async () => {
    const { code, stdout } = await bench().run(["members", "--department", "3"])
    assert.deepEqual([code, stdout], [0, "WangWu  王五  3\n007     零零七  3\n"])
  })

  for (const [rule, find, userids] of [
    ["a part of a name", "三", ["zhangsan"]],
    ["a part of a userid in any case", "WANG", ["WangWu"]],
    ["a mobile", "13800000002", ["lisi"]],
    ["digits that are a userid", "007", ["007"]],
  ] as const) {
    test(`--find takes ${rule}`, async () => {
      const { json } = await bench().run(["members", "--find", find, "--json"])
      assert.deepEqual(useridsIn(json), userids)
    })
  }

  test("tags are listed, and who has one", async () => {
    assert.equal((await bench().run(["tags"])).stdout, "1  值班\n")
    assert.equal((await bench().run(["tags", "1"])).stdout, "zhangsan  张三\nWangWu    王五\n")
  })

  test("what is no id, and an empty text to look for, end with 2 before WeCom is asked", async () => {
    for (const argv of [
      ["tags", "x"],
      ["members", "--department", "研发"],
      ["members", "--find", " "],
    ]) {
      assert.equal((await bench().run(argv)).code, 2, argv.join(" "))
    }
  })

  test("what is for a gateway alone is exit code 2 without one", async () => {
    for (const argv of [
      ["departments", "--app", "alerts"],
      ["tags", "--key", "wp_x"],
      ["chat", "get", "c", "--app", "a"],
    ]) {
      const { code, stdout } = await bench().run([...argv, "--json"])
      assert.equal(code, 2)
      assert.match(stdout, /--app|--key/)
    }
    assert.equal((await bench().run(["tags", "--fresh"])).code, 0)
  })

  for (const argv of [["tags", "x"], ["members", "--department", "x"], ["departments", "--app", "a"], ["lookup"]]) {
    test(`a mistake in the words of ${argv.join(" ")} says that nothing was done, for nothing would have been sent`, async () => {
      for (const [lang, said, unsaid] of [
        ["en", /nothing was done/, /sent/],
        ["zh", /什么都没有执行/, /发送/],
      ] as const) {
        const { code, stderr } = await bench().run([...argv, "--lang", lang])
        assert.equal(code, 2)
        assert.match(stderr, said)
        assert.doesNotMatch(stderr, unsaid)
      }
    })
  }

  test("WeCom's refusal ends with 3 and says what to do", async () => {
    const { code, stderr } = await bench().run(["members", "--department", "4", "--lang", "en"])
    assert.equal(code, 3)
    assert.match(stderr, /60011/)
  })
})

// proves 32.reads: the command through a gateway
suite("contacts on the command line, through a gateway", () => {
  const bench = shared(async (resources) => resources.use(await startGatewayBench(["alerts", "all"])))

  test("departments, members and tags are printed as without one", async () => {
    const { code, stdout, stderr } = await bench().run(["departments", "--app", "all"])
    assert.deepEqual([code, stdout], [0, "1  示例公司\n2    研发部\n3    人事部\n4    外勤部\n"], stderr)
    const { json } = await bench().run(["departments", "--app", "all", "--json"])
    assert.deepEqual((json["departments"] as unknown[])[1], { id: 2, name: "研发部", parent_id: 1, order: 3 })
    const members = await bench().run(["members", "--app", "alerts", "--department", "3"])
    assert.deepEqual(members.stdout.split("\n").toSorted(), ["", "007     零零七  3", "WangWu  王五  3"])
    assert.equal((await bench().run(["tags", "--app", "alerts"])).stdout, "1  值班\n")
  })

  for (const argv of [["members"], ["tags", "1"], ["chat", "get", "c1"], ["chat", "update", "c1", "--name", "n"]]) {
    test(`${argv.join(" ")}: the gateway's refusal of an app names the flag`, async () => {
      const { code, json } = await bench().run([...argv, "--app", "nope", "--json"])
      assert.equal(code, 2)
      assert.deepEqual(
        json["error"]?.faults.map(({ path }) => path),
        ["--app"],
      )
    })
  }

  test("who has a tag is printed as without one", async () => {
    const { code, stdout, stderr } = await bench().run(["tags", "1", "--app", "alerts"])
    assert.deepEqual([code, stdout.split("\n").toSorted()], [0, ["", "WangWu    王五", "zhangsan  张三"]], stderr)
    const { json } = await bench().run(["tags", "1", "--app", "alerts", "--json"])
    const { members, ...tag } = json["tag"] as { members: { userid: string }[] }
    assert.deepEqual([tag, members.length], [{ id: 1, name: "值班", departments: [] }, 2])
    const unseen = await bench().run(["tags", "2", "--app", "alerts", "--lang", "en"])
    assert.equal(unseen.code, 3)
    assert.match(unseen.stderr, /sees no tag 2/)
  })

  for (const [rule, find, found] of [
    ["a part of a name", "三", ["zhangsan"]],
    ["a part of a userid in any case", "WANG", ["WangWu"]],
    ["a mobile", "13800000002", ["lisi"]],
  ] as const) {
    test(`--find takes ${rule}`, async () => {
      const { json } = await bench().run(["members", "--app", "alerts", "--find", find, "--json"])
      assert.deepEqual(useridsIn(json), found)
    })
  }

  test("--fresh reads it from WeCom again, which the gateway keeps for a day otherwise", async () => {
    await bench().run(["members", "--app", "alerts"])
    const org = (await bench().control("GET", "org")) as { members: object[] }
    const newcomer = { userid: "zhaoliu", name: "赵六", mobile: "13800000010", departments: [2] }
    await bench().control("PUT", "org", { ...org, members: [...org.members, newcomer] })
    const run = async (...more: string[]) =>
      useridsIn((await bench().run(["members", "--app", "alerts", "--find", "赵", "--json", ...more])).json)
    assert.deepEqual(await run(), [])
    assert.deepEqual(await run("--fresh"), ["zhaoliu"])
  })

  test("a list of more than a page comes whole", async () => {
    const org = (await bench().control("GET", "org")) as { members: object[] }
    const many = Array.from({ length: 1100 }, (_, n) => ({
      userid: `m${n}`,
      name: `m${n}`,
      mobile: `139${10_000_000 + n}`,
      departments: [4],
    }))
    await bench().control("PUT", "org", { ...org, member_cap: 5000, members: [...org.members, ...many] })
    const { json } = await bench().run(["members", "--app", "all", "--department", "4", "--fresh", "--json"])
    assert.equal(useridsIn(json).length, 1101)
  })

  test("the app may be left out where the key holds one; else it is asked for", async () => {
    const several = await bench().run(["tags", "--json"])
    assert.equal(several.code, 2)
    assert.match(several.stdout, /"path":"--app".*alerts, all/s)
    const { json } = await bench().api("POST", "/v1/keys", { name: "one", scopes: ["contacts"], apps: ["alerts"] })
    const one = { WECOM_PUSH_KEY: String(json.key) }
    assert.equal((await bench().run(["tags"], { env: one })).stdout, "1  值班\n")
    assert.equal((await bench().run(["tags", "--app", "all"], { env: one })).code, 2)
  })

  for (const [title, argv, path] of [
    ["the settings of an app", ["members", "--corp-id", "ww1"], "--corp-id"],
    ["no id", ["members", "--department", "研发"], "--department"],
  ] as const) {
    test(`${title} is exit code 2, and names it`, async () => {
      const { code, json } = await bench().run([...argv, "--app", "alerts", "--json"])
      assert.equal(code, 2)
      assert.deepEqual(
        json.error?.faults.map((fault) => fault.path),
        [path],
      )
    })
  }

  test("a key without scope contacts ends with 3, in both languages", async () => {
    const { json } = await bench().api("POST", "/v1/keys", { name: "sender", scopes: ["send"], apps: ["alerts"] })
    for (const [lang, words] of [
      ["en", /scope/],
      ["zh", /权限/],
    ] as const) {
      const { code, stderr } = await bench().run(["departments", "--lang", lang], {
        env: { WECOM_PUSH_KEY: String(json.key) },
      })
      assert.equal(code, 3, stderr)
      assert.match(stderr, words)
    }
  })
})
