import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { startBench } from "../testing/try-command.ts"

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
      assert.deepEqual(
        (json["members"] as { userid: string }[]).map(({ userid }) => userid),
        userids,
      )
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

  test("WeCom's refusal ends with 3 and says what to do", async () => {
    const { code, stderr } = await bench().run(["members", "--department", "4", "--lang", "en"])
    assert.equal(code, 3)
    assert.match(stderr, /60011/)
  })
})
